import { testBackend } from '@f9/conformance';
import { describe, test } from 'vitest';
import { Clone, Remote } from './memory-remote.ts';

await testBackend(
  { describe, test },
  {
    name: 'memory with a remote',
    withoutProcesses: 'it is in memory',
    createStore: () => {
      const remote = new Remote();
      const clone = new Clone(remote, { autoPull: false, autoPush: false });
      return {
        createBackend: () => clone.createBackend(),
        createClone: (options) => new Clone(remote, options).createBackend(),
        setRemoteReachable: (isReachable) => {
          remote.isReachable = isReachable;
        },
        rewriteRemote: () => remote.rewrite(),
      };
    },
  },
);
