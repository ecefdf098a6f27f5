import { readdirSync } from 'node:fs';
import { GitExit, hasErrno } from '../errors.ts';
import type { Clone } from './clone.ts';

// git's own limits (gc.auto, gc.autoPackLimit).
const MOST_LOOSE = 6700;
const MOST_PACKS = 50;
/** One of the 256 directories that loose objects are spread over evenly. */
const SAMPLE = '17';

/**
 * Packs objects that lie about one by one, and small packs, once they are many: with git's own gc off nobody else does. Nothing is
 * deleted that is not in a pack by then, whether something refers to it or not. The vault is held.
 */
export async function packObjects({ git }: Clone): Promise<void> {
  const objects = `${git.gitDirectory}/objects`;
  const loose = namesIn(`${objects}/${SAMPLE}`).length * 256;
  const packs = namesIn(`${objects}/pack`).filter((name) => name.endsWith('.pack')).length;
  if (loose <= MOST_LOOSE && packs <= MOST_PACKS) return;
  try {
    await git.run(['repack', '--geometric=2', '-d', '-l', '-q'], {
      // A pack that replaces objects has to last as well as they did.
      config: [['core.fsync', 'added,reference,pack-metadata']],
    });
  } catch (error) {
    // The caller's work is done; the next one tries again.
    if (!(error instanceof GitExit)) throw error;
  }
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch (error) {
    if (hasErrno(error, 'ENOENT')) return [];
    throw error;
  }
}
