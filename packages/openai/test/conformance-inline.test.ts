import { testForm } from './conformance.ts';

await testForm({
  name: 'small files in attributes and larger ones in parts, seen from other processes',
  options: { partSize: 16 * 1024 },
  apart: true,
});
