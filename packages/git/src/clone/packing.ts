import { readdirSync } from 'node:fs';
import { GitExit, hasErrno } from '../errors.ts';
import type { Clone } from './clone.ts';

// git's own limits (gc.auto, gc.autoPackLimit).
const MOST_LOOSE = 6700;
const MOST_PACKS = 50;
/** One of the 256 directories that loose objects are spread over evenly. */
const SAMPLE = '17';

/**
 * Packs loose objects and small packs once they are many, since git's own gc is off. Objects are deleted only once they are in a
 * pack, whether or not a ref reaches them. The vault is held.
 */
export async function packObjects({ git }: Clone): Promise<void> {
  const objects = `${git.gitDirectory}/objects`;
  const loose = namesIn(`${objects}/${SAMPLE}`).length * 256;
  const packs = namesIn(`${objects}/pack`).filter((name) => name.endsWith('.pack')).length;
  if (loose <= MOST_LOOSE && packs <= MOST_PACKS) return;
  try {
    await git.run(['repack', '--geometric=2', '-d', '-l', '-q'], {
      // A pack that replaces objects has to be as durable as they were.
      config: [['core.fsync', 'added,reference,pack-metadata']],
    });
  } catch (error) {
    // The caller's work is done; the next commit tries again.
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
