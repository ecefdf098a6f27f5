import { FileInfo } from '@f9/core';
import { type BackendPath, backendError, isWithin, ROOT } from '@f9/core/driver';
import { backendFault, type Fault, fault } from './fault.ts';
import { remoteHarness } from './syncing.ts';

export const naming: readonly Fault[] = [
  fault(
    'takes a directory named by white space, and then no path below it',
    'paths.whole',
    /cannot be a path/,
    (driver) => ({
      stat: async (path, options) => {
        if (path !== ROOT && path.split('/').some((name) => name.trim() === '')) {
          throw backendError('INVALID_PATH', `${JSON.stringify(path)} cannot be a path`, { path });
        }
        return await driver.stat(path, options);
      },
    }),
  ),
  fault('lists no names that begin with a space', 'paths.whole', /deep.*equal/i, (driver) => ({
    list: async function* (path, options) {
      for await (const batch of driver.list(path, options)) {
        yield batch.filter((entry) => !/(^|\/) /.test(entry.path));
      }
    },
  })),
  backendFault(
    'makes a file of a path that says directory',
    'paths.directory',
    /create of "n\/" must be refused, not done/,
    (inner) => {
      const create = inner.create.bind(inner);
      return Object.assign(inner, {
        create: (path: string, options: object) => create(path.replace(/(.)[\\/]+$/, '$1'), options),
      });
    },
  ),
  fault(
    'finds no path again that is as long as a path can be',
    'paths.length',
    /nothing|false/i,
    (driver) => ({
      stat: async (path, options) =>
        Buffer.byteLength(path) > 2040 ? undefined : await driver.stat(path, options),
    }),
  ),
  fault(
    'moves directories to where what is in them has no name',
    'paths.length',
    /INVALID_PATH was expected, but it succeeded/,
    (driver, store) => ({
      moveTree: async (from, to) => {
        for (const [path, node] of [...store.nodes]) {
          if (!isWithin(path, from)) continue;
          const target = `${to}${path.slice(from.length)}` as BackendPath;
          store.nodes.delete(path);
          store.nodes.set(target, { ...node, info: node.info.with({ path: target }) });
        }
        return (await driver.stat(to, {})) ?? new FileInfo({ path: to, fileType: 'directory' });
      },
    }),
  ),
  fault('keeps a directory that it says it removed', 'paths.mirrored', /deep.*equal/i, (driver) => ({
    remove: async (path, options) => {
      if ((await driver.stat(path, {}))?.isDir !== true) await driver.remove(path, options);
    },
  })),
  {
    name: 'publishes no names that end in ~',
    caughtBy: 'sync.names',
    says: /deep.*equal/i,
    harness: {
      ...remoteHarness((driver) => {
        const { pull, push, conflicts, resolve } = driver.sync!;
        return {
          sync: {
            push,
            conflicts,
            resolve,
            pull: async (options) => {
              await pull(options);
              for await (const batch of driver.list(ROOT, { recursive: true })) {
                for (const { path, isDir } of batch) {
                  if (!isDir && path.endsWith('~')) await driver.remove(path as BackendPath, {});
                }
              }
            },
          },
        };
      }),
      patience: 500,
    },
  },
];
