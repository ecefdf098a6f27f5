import { joinPath, parentPath } from '@f9/core/driver';
import { linkedHarness } from '../linked-memory.ts';
import type { Fault } from './fault.ts';

function linkFault(...[name, caughtBy, says, change]: LinkFault): Fault {
  return { name, caughtBy, says, harness: { ...linkedHarness(name, change), patience: 1000 } };
}

type LinkFault = [
  name: string,
  caughtBy: Fault['caughtBy'],
  says: RegExp,
  change: NonNullable<Parameters<typeof linkedHarness>[1]>,
];

export const linking: readonly Fault[] = [
  linkFault(
    'says of no path where symlinks lead it',
    'layer.restrict',
    /PERMISSION_DENIED was expected, but it succeeded/,
    () => ({ realPath: async (path) => path }),
  ),
  linkFault(
    'deletes what a symlink leads to',
    'delete.symlink',
    /deep.*equal|nothing at/i,
    (driver, links) => ({
      remove: async (path, options) => {
        const target = links.get(path);
        if (target !== undefined) await driver.remove(joinPath(parentPath(path), target), options);
        else await driver.remove(path, options);
      },
    }),
  ),
  linkFault('lists a symlink as what it leads to', 'list.symlink', /deep.*equal/i, (driver) => ({
    list: async function* (path, options) {
      for await (const batch of driver.list(path, options)) {
        yield batch.map((entry) => (entry.isDir ? entry : entry.with({ fileType: 'file' })));
      }
    },
  })),
  linkFault(
    'takes what lies outside for nothing',
    'paths.symlink-outside',
    /PATH_OUTSIDE_ROOT was expected/,
    (driver) => ({ stat: async (path, options) => await driver.stat(path, options).catch(() => undefined) }),
  ),
];
