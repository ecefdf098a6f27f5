import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { GitSyncFileBackend } from '@f9/git';
import type { Soaked } from '../soaked.ts';

export async function open(): Promise<Soaked> {
  const folder = await mkdtemp(join(tmpdir(), 'f9-soak-'));
  const remote = join(folder, 'remote.git');
  await promisify(execFile)('git', ['init', '--quiet', '--bare', '--initial-branch=main', remote]);
  const vault = await GitSyncFileBackend.open({
    remoteUrl: pathToFileURL(remote).href,
    branch: 'main',
    path: join(folder, 'clone'),
  });
  return {
    vault,
    operations: {
      pull: () => vault.pull(),
      'update and push': async (round) => {
        await vault.update('a.md', { data: `pushed in round ${round}\n` });
        await vault.push();
      },
    },
    async [Symbol.asyncDispose]() {
      await vault[Symbol.asyncDispose]();
      await rm(folder, { recursive: true });
    },
  };
}
