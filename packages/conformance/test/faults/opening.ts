import { type FileBackend, MemoryFileBackend } from '@f9/core';
import { backendError } from '@f9/core/driver';
import { changed, memoryHarness } from '../variants.ts';
import type { Fault } from './fault.ts';

function missingFault(name: string, says: RegExp, createBackend: () => FileBackend): Fault {
  const harness = { ...memoryHarness(name, (inner) => inner), createMissing: () => ({ createBackend }) };
  return { name, caughtBy: 'open.missing', says, harness: { ...harness, patience: 1000 } };
}

export const opening: readonly Fault[] = [
  missingFault(
    'takes a store that is not there for an empty one',
    /NOT_FOUND was expected, but it succeeded/,
    () => new MemoryFileBackend(),
  ),
  missingFault(
    'takes a store that is not there for one that cannot be reached',
    /NOT_FOUND was expected, not UNAVAILABLE/,
    () =>
      changed(new MemoryFileBackend(), {
        open: async () => {
          throw backendError('UNAVAILABLE', 'It does not answer; try again');
        },
      }),
  ),
  missingFault(
    'finds no file in a store that is not there',
    /NOT_FOUND was expected, but it succeeded with (false|\[\])/,
    () => {
      const inner = new MemoryFileBackend();
      const missing = async (): Promise<never> => {
        throw backendError('NOT_FOUND', 'There is no such store; make it first');
      };
      return changed(inner, { write: missing, append: missing, makeDirectory: missing });
    },
  ),
];
