import { testContract } from './support/conformance.ts';

await testContract('auto');
