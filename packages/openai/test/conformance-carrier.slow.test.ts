import { testForm } from './conformance.ts';

await testForm({ name: 'everything in parts', options: { inlineLimit: 0, partSize: 16 * 1024 } });
