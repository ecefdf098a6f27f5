import { execFileSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isFileBackendError } from '@f9/core';
import { GitSyncFileBackend } from '@f9/git';

/** A vault in git whose files this side and the remote's changed each in their way, and what puts it away. */
export async function inConflict(
  files: Readonly<Record<string, string>>,
): Promise<{ readonly vault: GitSyncFileBackend } & AsyncDisposable> {
  const folder = mkdtempSync(join(tmpdir(), 'f9-agents-'));
  const remoteUrl = join(folder, 'notes.git');
  execFileSync('git', ['init', '--quiet', '--bare', '--initial-branch=main', remoteUrl]);
  const vault = new GitSyncFileBackend({ remoteUrl, path: join(folder, 'here') });
  await using there = new GitSyncFileBackend({ remoteUrl, path: join(folder, 'there') });
  const all = Object.entries(files);
  for (const [path, data] of all) await vault.create(path, { data });
  await vault.sync();
  await there.pull();
  for (const [path, data] of all) await there.update(path, { data: `${data}, there` });
  await there.push();
  for (const [path, data] of all) await vault.update(path, { data: `${data}, here` });
  await vault.sync().catch((error: unknown) => {
    if (!isFileBackendError(error, 'SYNC_CONFLICT')) throw error;
  });
  return { vault, [Symbol.asyncDispose]: () => vault.close() };
}
