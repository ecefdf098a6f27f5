import { backendError } from '@f9/core/driver';
import type { GitProcess } from './git-process.ts';

/** The first version that merges without a working tree (`merge-tree --write-tree`). */
const OLDEST = [2, 38] as const;

// Asked once for each PATH of this process.
const versions = new Map<string | undefined, Promise<string>>();

/** @throws `UNSUPPORTED` without git, or with one that is too old */
export async function assertGitVersion(git: GitProcess): Promise<void> {
  const path = process.env.PATH;
  const asked = versions.get(path) ?? git.text(['version']);
  versions.set(path, asked);
  try {
    assertRecent(await asked);
  } catch (error) {
    versions.delete(path);
    throw error;
  }
}

/** @throws `UNSUPPORTED` */
export function assertRecent(answer: string): void {
  const [, major = 0, minor = 0] = (/(\d+)\.(\d+)/.exec(answer) ?? []).map(Number);
  if (major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1])) return;
  throw backendError(
    'UNSUPPORTED',
    `This is git ${major}.${minor}; a vault needs git ${OLDEST.join('.')} or newer, since older ones cannot merge without touching files`,
  );
}
