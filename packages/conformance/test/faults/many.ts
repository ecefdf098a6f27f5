import { createHash } from 'node:crypto';
import type { ConformanceStore } from '@f9/conformance';
import type { FileInfo } from '@f9/core';
import { type BackendDriver, backendError, chunksOf, concatBytes, normalizePath } from '@f9/core/driver';
import { changed, modest } from '../variants.ts';
import { type Fault, fault, wholeFault } from './fault.ts';

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

export const many: readonly Fault[] = [
  wholeFault('answers in an order of its own', 'many.stat', /deep.*equal/i, (driver) => ({
    statMany: async (paths, options) => (await driver.statMany!(paths, options)).toReversed(),
  })),
  wholeFault('leaves out what is not there', 'many.stat', /deep.*equal/i, (driver) => ({
    statMany: async (paths, options) =>
      (await driver.statMany!(paths, options)).filter((info) => info !== undefined),
  })),
  wholeFault('writes none after the first that fails', 'many.write', /Many in one call/, (driver) => ({
    writeMany: async (files, options) => {
      const results: PromiseSettledResult<FileInfo>[] = [];
      let failed: PromiseRejectedResult | undefined;
      for (const { path, source, ...how } of files) {
        const [result] =
          failed === undefined
            ? await Promise.allSettled([driver.write(path, source, { ...options, ...how })])
            : [failed];
        if (result!.status === 'rejected') failed = result;
        results.push(result!);
      }
      return results;
    },
  })),
  wholeFault('writes many whatever version is there', 'many.write', /Many in one call/, (driver) => ({
    writeMany: (files, options) =>
      driver.writeMany!(
        files.map(({ ifMatch: _, ...file }) => file),
        options,
      ),
  })),
  wholeFault(
    'writes all of many or none',
    'many.write',
    /Many in one call|It is all or nothing/,
    (driver) => ({
      writeMany: async (files, options) => {
        for (const { path, ifExists } of files) {
          if (ifExists !== 'fail' || (await driver.stat(path, {})) === undefined) continue;
          const reason = backendError('ALREADY_EXISTS', 'It is all or nothing', { path });
          return files.map(() => ({ status: 'rejected', reason }));
        }
        return await driver.writeMany!(files, options);
      },
    }),
  ),
  wholeFault('loses the last page of many', 'many.write', /strictly|equal|!==/i, (driver) => ({
    writeMany: async (files, options) => await driver.writeMany!(files.slice(0, 100), options),
  })),
  wholeFault('removes many whatever version is there', 'many.remove', /Many in one call/, (driver) => ({
    removeMany: (files, options) =>
      driver.removeMany!(
        files.map(({ path }) => ({ path })),
        options,
      ),
  })),
  wholeFault(
    'says of what is not there that it was removed',
    'many.remove',
    /Many in one call/,
    (driver) => ({
      removeMany: async (files, options) =>
        (await driver.removeMany!(files, options)).map((result) =>
          result.status === 'rejected' && result.reason.code === 'NOT_FOUND'
            ? { status: 'fulfilled', value: undefined }
            : result,
        ),
    }),
  ),
  wholeFault(
    'replaces directories where it was not asked to',
    'many.trees',
    /comes to the same/,
    (driver) => ({
      moveTree: (from, to, options) => driver.moveTree!(from, to, { ...options, ifExists: 'merge' }),
    }),
  ),
  wholeFault('drops what only the target has', 'many.trees', /comes to the same/, (driver) => ({
    copyTree: async (from, to, options) => {
      const isMerged = options.ifExists === 'merge' && (await driver.stat(to, {}))?.isDir === true;
      if (isMerged) await driver.removeTree!(to, {});
      return await driver.copyTree!(from, to, options);
    },
  })),
  wholeFault(
    'leaves a directory empty instead of removing it',
    'many.trees',
    /comes to the same/,
    (driver) => ({
      removeTree: async (path, options) => {
        await driver.removeTree!(path, options);
        await driver.makeDirectory(path, { ifExists: 'keep' });
      },
    }),
  ),
  fault('enters one level less than it is asked to', 'list.max-depth', /deep.*equal/i, (driver) => ({
    list: async function* (path, { maxDepth, ...options }) {
      const base = path === '' ? 0 : path.split('/').length;
      for await (const batch of driver.list(path, options)) {
        const isDeep = ({ path: entry }: FileInfo): boolean => entry.split('/').length - base > maxDepth! - 1;
        yield maxDepth === undefined || maxDepth === 1 ? batch : batch.filter((entry) => !isDeep(entry));
      }
    },
  })),
  fault('lists etags that nobody else knows', 'list.etags', /equal|!==/i, (driver) => ({
    list: async function* (path, options) {
      for await (const batch of driver.list(path, options)) {
        yield batch.map((entry) => (entry.isDir ? entry : entry.with({ etag: `"${entry.etag}"` })));
      }
    },
  })),
  fault('lists the sums of other versions', 'list.checksums', /actual - expected/, (driver) => ({
    list: async function* (path, options) {
      for await (const batch of driver.list(path, options)) {
        yield batch.map((entry) => (entry.isDir ? entry : entry.with({ checksum: '0'.repeat(64) })));
      }
    },
  })),
  fault('finds by one walk what it does not find by another', 'glob.info', /actual - expected/, (driver) => {
    const walk: BackendDriver['globInfo'] = async (pattern, { files, directories }) => {
      const all = (await Array.fromAsync(driver.list(normalizePath('/'), { recursive: true }))).flat();
      return all.filter((entry) => pattern.matches(entry.path) && (entry.isDir ? directories : files));
    };
    return {
      globInfo: walk,
      glob: async (pattern, options) =>
        (await walk(pattern, options))
          .map(({ path }) => normalizePath(path))
          .filter((path) => !path.includes('/')),
    };
  }),
  fault('knows of each match only that it is a file', 'glob.info', /equal|!==/i, (driver) => ({
    globInfo: async (pattern, { files, directories }) => {
      const all = (await Array.fromAsync(driver.list(normalizePath('/'), { recursive: true }))).flat();
      return all
        .filter((entry) => pattern.matches(entry.path) && (entry.isDir ? directories : files))
        .map((entry) => entry.with({ fileType: 'file', size: 0 }));
    },
  })),
  fault(
    'tells the checksum of what was added as that of the whole',
    'checksum.of-write',
    /append/,
    (driver) => ({
      append: async (path, source, options) => {
        const added = concatBytes(await Array.fromAsync(chunksOf(source)));
        return (await driver.append!(path, added, options)).with({ checksum: sha256(added) });
      },
    }),
  ),
  fault('looks at a file a moment ago', 'info.one-version', /A file of|equal|!==/i, (driver) => {
    let before: FileInfo | undefined;
    let looks = 0;
    return {
      stat: async (path, options) => {
        if (path !== 'file') return await driver.stat(path, options);
        if (before === undefined || looks++ % 4 === 0) before = await driver.stat(path, options);
        return before;
      },
    };
  }),
  fault(
    'says of every path that it leads to another one',
    'layer.restrict',
    /There is nothing at ""/,
    (driver) => ({
      capabilities: { ...driver.capabilities, symlinks: true },
      realPath: async () => normalizePath('closed/real'),
    }),
  ),
  forgetful(),
];

/** Directories are where files are, and where files were. */
function forgetful(): Fault {
  const createStore = async (): Promise<ConformanceStore> => {
    const store = await modest.createStore();
    const known = new Map<string, FileInfo>();
    return {
      createBackend: async () => {
        const inner = await store.createBackend();
        return changed(inner, {
          stat: async (path, options) => {
            const info = await inner.driver.stat(path, options);
            if (info?.isDir === true) known.set(path, info);
            return info ?? known.get(path);
          },
        });
      },
    };
  };
  return {
    name: 'goes on to show a directory whose last file is gone',
    caughtBy: 'layer.remember-directories',
    says: /It is gone with its last file/,
    harness: { ...modest, createStore, patience: 1000 },
  };
}
