// pnpm proof: what the last run of the tests proved on this machine, and what it could not.
import { testedPackages } from './packages.ts';
import { readProofs, summary } from './proof.ts';

console.log(summary(readProofs(testedPackages())));
