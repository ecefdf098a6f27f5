import { testContract } from './support/conformance.ts';

await testContract('async');
