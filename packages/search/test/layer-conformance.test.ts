// The layer over vaults that have no search of their own; the packages of the others prove it over theirs.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { MemoryFileBackend, MemoryStore } from '@f9/core';
import { GitSyncFileBackend } from '@f9/git';
import { LocalFileBackend } from '@f9/local';
import { proveLayer } from './prove-layer.ts';

await proveLayer('memory', () => {
  const store = new MemoryStore();
  return () => new MemoryFileBackend({ store });
});

await proveLayer('a folder', (root) => () => new LocalFileBackend({ root }));

await proveLayer('git', (folder) => {
  const remote = join(folder, 'remote.git');
  execFileSync('git', ['init', '--quiet', '--bare', '--initial-branch=main', remote]);
  const remoteUrl = pathToFileURL(remote).href;
  return () => new GitSyncFileBackend({ remoteUrl, path: join(folder, 'clone') });
});
