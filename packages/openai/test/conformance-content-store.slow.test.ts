import { testForm } from './conformance.ts';

await testForm({
  name: 'everything in a content store',
  options: { inlineLimit: 0 },
  withContentStore: true,
});
