import type { FileBackend, OperationOptions } from '@f9/core';
import { plural } from '../terminal/text.ts';
import type { Finding } from './finding.ts';

/** Finds and removes leftovers of interrupted writes, where a vault has any. */
interface Collecting {
  collectGarbage(
    options: OperationOptions & { readonly dryRun: boolean },
  ): Promise<{ readonly removed: readonly object[] }>;
}

function canCollect(backend: FileBackend): backend is FileBackend & Collecting {
  return 'collectGarbage' in backend;
}

/** @param tidy whether to remove them, too */
export async function examineLeftovers(
  backend: FileBackend,
  name: string,
  { tidy, ...options }: OperationOptions & { readonly tidy: boolean },
): Promise<Finding[]> {
  if (!canCollect(backend)) return [];
  const check = `${name} is tidy`;
  const { removed } = await backend.collectGarbage({ ...options, dryRun: !tidy });
  if (removed.length === 0) {
    return [{ check, status: 'ok', found: 'nothing is left of interrupted writes' }];
  }
  const leftovers = plural(removed.length, 'object');
  if (tidy) return [{ check, status: 'ok', found: `${leftovers} of interrupted writes removed` }];
  return [
    {
      check,
      status: 'warning',
      found: `${leftovers} left of writes that were interrupted more than a day ago, which belong to no file`,
      advice: `f9 doctor --tidy ${name}`,
    },
  ];
}
