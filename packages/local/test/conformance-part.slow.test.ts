import { describe } from 'vitest';
import { testContract } from './support/conformance.ts';

// A part of a folder confines as the folder does: a symlink that leads out of it is one that leads out.

/** Groups of the contract in which it matters that symlinks of a folder lead about. */
const WITH_PATHS = ['paths', 'list', 'delete'];

await testContract('auto', {
  part: 'some/part',
  describe: (group, body) => {
    if (group.startsWith('f9 contract') || WITH_PATHS.includes(group)) describe(group, body);
  },
});
