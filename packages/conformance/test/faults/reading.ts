import { createHash } from 'node:crypto';
import { FileInfo, MemoryStore } from '@f9/core';
import {
  type BackendDriver,
  type BackendPath,
  backendError,
  chunksOf,
  compareBytes,
  concatBytes,
  joinPath,
  parentPath,
  ROOT,
} from '@f9/core/driver';
import { passes, searchWords } from '../variants.ts';
import { type Fault, fault, turn } from './fault.ts';

/** Changes what every listing gives. */
function listing(
  driver: BackendDriver,
  change: (
    entries: readonly FileInfo[],
    path: BackendPath,
  ) => readonly FileInfo[] | Promise<readonly FileInfo[]>,
): Pick<BackendDriver, 'list'> {
  return {
    list: async function* (path, options) {
      for await (const batch of driver.list(path, options)) yield await change(batch, path);
    },
  };
}

/** A driver whose readings change their bytes. */
function reading(
  driver: BackendDriver,
  change: (bytes: Uint8Array) => Uint8Array,
): Pick<BackendDriver, 'read' | 'readFile'> {
  return {
    readFile: async (path, options) => change(await driver.readFile!(path, options)),
    read: async function* (path, options) {
      for await (const block of driver.read(path, options)) yield change(block);
    },
  };
}

/** What was ever written to a store. */
const indexes = new WeakMap<MemoryStore, MemoryStore>();

function indexOf(store: MemoryStore): MemoryStore {
  const index = indexes.get(store) ?? new MemoryStore();
  indexes.set(store, index);
  return index;
}

export const reads: readonly Fault[] = [
  fault('lists a file that was deleted', 'list.current', /deep.*equal/i, (driver) => {
    const seen = new Map<string, FileInfo>();
    return listing(driver, (entries, path) => {
      for (const entry of entries) seen.set(entry.path, entry);
      const known = [...seen.values()].filter((entry) => parentPath(entry.path as BackendPath) === path);
      return known.sort((a, b) => compareBytes(a.path, b.path));
    });
  }),
  fault('sorts by locale', 'list.order', /deep.*equal/i, (driver) =>
    listing(driver, (entries) => entries.toSorted((a, b) => a.path.localeCompare(b.path, 'en'))),
  ),
  fault('sorts by UTF-16', 'list.order', /deep.*equal/i, (driver) =>
    listing(driver, (entries) => entries.toSorted((a, b) => (a.path < b.path ? -1 : 1))),
  ),
  fault('sorts whole paths instead of walking the tree', 'list.order', /deep.*equal/i, (driver) =>
    listing(driver, (entries) => entries.toSorted((a, b) => compareBytes(a.path, b.path))),
  ),
  fault('loses what a listing by bytes has to hold back', 'list.order', /deep.*equal/i, (driver) =>
    listing(driver, (entries) => {
      const isHeld = (path: string, by: FileInfo): boolean =>
        by.isDir && path.startsWith(by.path) && path.slice(by.path.length) < '/';
      return entries.filter(
        ({ path }) => !entries.some((other) => other.path !== path && isHeld(path, other)),
      );
    }),
  ),
  fault('hides empty directories', 'directories.empty-kept', /deep.*equal/i, (driver, store) =>
    listing(driver, (entries) =>
      entries.filter(
        (entry) => !entry.isDir || [...store.nodes.keys()].some((path) => path.startsWith(`${entry.path}/`)),
      ),
    ),
  ),
  fault('leaves directories out', 'list.children', /deep.*equal/i, (driver) =>
    listing(driver, (entries) => entries.filter((entry) => !entry.isDir)),
  ),
  fault('stops at the first page', 'list.recursive', /deep.*equal/i, (driver) =>
    listing(driver, (entries) => entries.slice(0, 100)),
  ),
  fault(
    'lists nothing where nothing is',
    'list.missing',
    /NOT_FOUND was expected, but it succeeded/,
    (driver) => ({
      list: async function* (path, options) {
        if ((await driver.stat(path, options)) !== undefined) yield* driver.list(path, options);
      },
    }),
  ),
  fault('takes each .f9 for its own', 'paths.reserved', /deep.*equal/i, (driver) =>
    listing(driver, (entries) => entries.filter(({ path }) => !path.endsWith('/.f9'))),
  ),
  fault('gives one byte less than was asked for', 'read.range', /bytes where/, (driver) => ({
    readFile: (path, { length, ...options }) =>
      driver.readFile!(
        path,
        length === undefined ? options : { ...options, length: Math.max(0, length - 1) },
      ),
  })),
  fault('counts ranges from one', 'read.range', /instead of/, (driver) => ({
    readFile: (path, { offset = 0, ...options }) =>
      driver.readFile!(path, { ...options, offset: Math.max(0, offset - 1) }),
  })),
  fault('fails beyond the end', 'read.range', /UNKNOWN|unexpected/, (driver) => ({
    readFile: async (path, options) => {
      const bytes = await driver.readFile!(path, options);
      if ((options.offset ?? 0) > 0 && bytes.length === 0) throw new RangeError('416 Range Not Satisfiable');
      return bytes;
    },
  })),
  fault('changes line ends', 'read.bytes', /from byte/, (driver) =>
    reading(driver, (bytes) => bytes.filter((byte, i) => !(byte === 13 && bytes[i + 1] === 10))),
  ),
  fault('takes the byte order mark away', 'text.bom', /Expected|strictly|equal|!==/i, (driver) =>
    reading(driver, (bytes) => (bytes[0] === 0xef && bytes[1] === 0xbb ? bytes.slice(3) : bytes)),
  ),
  fault('reuses its buffer', 'read.owned', /from byte/, (driver) => {
    const buffer = new Uint8Array(10_000);
    return {
      read: async function* (path, options) {
        for await (const block of driver.read(path, options)) {
          for (let i = 0; i < block.length; i += buffer.length) {
            const piece = block.subarray(i, i + buffer.length);
            buffer.set(piece);
            yield buffer.subarray(0, piece.length);
          }
        }
      },
    };
  }),
  fault('hands out what it keeps', 'read.owned', /XXXX/, (_, store) => ({
    readFile: async (path) => store.nodes.get(path)!.bytes!,
  })),
  fault(
    'reads each block of whatever version is there',
    'atomic.open-reader',
    /from byte|bytes where/,
    (driver) => ({
      read: async function* (path, options) {
        const { offset = 0 } = options;
        for (let at = offset; ; at += 1000) {
          const block = await driver.readFile!(path, { offset: at, length: 1000 });
          if (block.length === 0) return;
          yield block;
        }
      },
    }),
  ),
  fault(
    'reads a directory as an empty file',
    'read.directory',
    /IS_DIRECTORY was expected, but it succeeded/,
    (driver) => ({
      readFile: async (path, options) =>
        (await driver.stat(path, {}))?.isDir === true
          ? new Uint8Array()
          : await driver.readFile!(path, options),
    }),
  ),
  fault('remembers checksums for ever', 'checksum.current', /!==|equal/, (driver) => {
    const sums = new Map<string, string>();
    return {
      checksum: async (path, algorithm) => {
        const key = `${algorithm} ${path}`;
        if (!sums.has(key)) {
          const bytes = await driver.readFile!(path, {});
          sums.set(
            key,
            createHash(algorithm === 'blake3' ? 'sha256' : algorithm)
              .update(bytes)
              .digest('hex'),
          );
        }
        return sums.get(key)!;
      },
    };
  }),
  fault('takes sha256 for blake3', 'checksum.algorithms', /blake3/, (driver) => ({
    checksum: async (path, algorithm) => {
      const bytes = await driver.readFile!(path, {});
      return createHash(algorithm === 'blake3' ? 'sha256' : algorithm)
        .update(bytes)
        .digest('hex');
    },
  })),
  fault(
    'fails for one missing file among many',
    'checksum-many.left-out',
    /There is nothing at/,
    (driver) => ({
      checksumMany: async (paths, algorithm) =>
        new Map(
          await Promise.all(
            paths.map(async (path) => {
              const bytes = await driver.readFile!(path, {});
              return [path, createHash(algorithm).update(bytes).digest('hex')] as const;
            }),
          ),
        ),
    }),
  ),
  fault('lets * cross directories', 'glob.wildcards', /glob "\*/, (driver) => ({
    glob: async (pattern, { files }) => {
      const expression = new RegExp(`^${pattern.source.replaceAll('.', '\\.').replaceAll('*', '.*')}$`);
      return await globbing(driver, files, (path) => expression.test(path) || pattern.matches(path));
    },
  })),
  fault('matches hidden files', 'glob.dot', /glob/, (driver) => ({
    glob: (pattern, { files }) =>
      globbing(
        driver,
        files,
        (path) => pattern.matches(path) || pattern.matches(path.replaceAll(/(^|\/)\./g, '$1')),
      ),
  })),
  fault('gives files that can be changed', 'info.immutable', /isFrozen|truthy|false/, (driver) => ({
    stat: async (path, options) => {
      const info = await driver.stat(path, options);
      return info && Object.assign(Object.create(info), { note: 'more' });
    },
  })),
  fault('invents what it does not know', 'info.fields', /ownerUid/, (driver) => ({
    stat: async (path, options) => (await driver.stat(path, options))?.with({ ownerUid: -1 }),
  })),
  fault('shows at first what was there before', 'info.fields', /Expected|equal/i, (driver) => {
    const seen = new Map<string, FileInfo | undefined>();
    return {
      stat: async (path, options) => {
        const before = seen.get(path);
        seen.set(path, await driver.stat(path, options));
        return before ?? seen.get(path);
      },
    };
  }),
  fault('answers one at a time and forgets whom', 'concurrency.any', /deep.*equal|from byte/i, (driver) => {
    let path: BackendPath;
    return {
      readFile: async (asked, options) => {
        path = asked;
        await turn();
        return await driver.readFile!(path, options);
      },
    };
  }),
  fault(
    'says NOT_FOUND as an error of its own kind',
    'read.missing',
    /NOT_FOUND was expected, not/,
    (driver) => ({
      readFile: async (path, options) => {
        if ((await driver.stat(path, {})) === undefined) {
          throw Object.assign(new Error('404'), { code: 'NOT_FOUND' });
        }
        return await driver.readFile!(path, options);
      },
    }),
  ),
  fault('throws the same error every time', 'errors.fresh', /operation|path|!==/, (driver) => {
    const error = backendError('NOT_FOUND', 'There is nothing there, as was said before');
    return {
      readFile: async (path, options) => {
        if ((await driver.stat(path, {})) === undefined) throw error;
        return await driver.readFile!(path, options);
      },
    };
  }),
  fault('finds what was deleted', 'search.finds', /kingfisher|falsy|true/i, (driver, store) => {
    const index = indexOf(store);
    return {
      capabilities: { ...driver.capabilities, search: true },
      search: async (query, { path = '' }) => searchWords(index, query, path),
      write: async (path, source, options) => {
        const info = await driver.write(path, source, options);
        index.nodes.set(path, store.nodes.get(path)!);
        return info;
      },
    };
  }),
  fault('thinks nothing of what it finds', 'search.finds', /score 0/, (driver, store) => ({
    capabilities: { ...driver.capabilities, search: true },
    search: async (query, { path = '' }) =>
      searchWords(store, query, path).map((result) => ({ ...result, score: 0 })),
  })),
  fault('searches everywhere', 'search.options', /deep.*equal|falsy|sky/i, (driver, store) => ({
    capabilities: { ...driver.capabilities, search: true },
    search: async (query) => searchWords(store, query, ''),
  })),
  fault('knows a file by what it first said', 'search.finds', /kingfisher|corona|true/i, (driver, store) => {
    const index = indexOf(store);
    return {
      capabilities: { ...driver.capabilities, search: true },
      search: async (query, { path = '' }) =>
        searchWords(index, query, path).filter((result) => store.nodes.has(result.path as BackendPath)),
      write: async (path, source, options) => {
        const info = await driver.write(path, source, options);
        if (!index.nodes.has(path)) index.nodes.set(path, store.nodes.get(path)!);
        return info;
      },
    };
  }),
  // A transaction that is torn: the words of a write are kept, and the write is not.
  fault('keeps the words of what was refused', 'search.finds', /never written/, (driver, store) => {
    const index = indexOf(store);
    return {
      capabilities: { ...driver.capabilities, search: true },
      search: async (query, { path = '' }) =>
        searchWords(index, query, path).filter((result) => store.nodes.has(result.path as BackendPath)),
      write: async (path, source, options) => {
        const bytes = concatBytes(await Array.fromAsync(chunksOf(source)));
        index.nodes.set(path, { info: new FileInfo({ path, fileType: 'file' }), bytes });
        return await driver.write(path, bytes, options);
      },
      remove: async (path, options) => {
        await driver.remove(path, options);
        index.nodes.delete(path);
      },
      move: async (from, to, options) => {
        index.nodes.set(to, index.nodes.get(from)!);
        index.nodes.delete(from);
        return await driver.move!(from, to, options);
      },
    };
  }),
  fault('finds what was moved where it was', 'search.finds', /rivers|not found where/, (driver, store) => {
    const index = indexOf(store);
    return {
      capabilities: { ...driver.capabilities, search: true },
      search: async (query, { path = '' }) => searchWords(index, query, path),
      write: async (path, source, options) => {
        const info = await driver.write(path, source, options);
        index.nodes.set(path, store.nodes.get(path)!);
        return info;
      },
      remove: async (path, options) => {
        await driver.remove(path, options);
        index.nodes.delete(path);
      },
    };
  }),
  fault('counts lines from the second', 'search.place', /Line 2 is/, (driver, store) => ({
    capabilities: { ...driver.capabilities, search: true },
    search: async (query, { path = '' }) =>
      searchWords(store, query, path).map((result) => ({ ...result, line: 2 })),
  })),
  fault('shows what stands elsewhere', 'search.place', /is no text of the file/, (driver, store) => ({
    capabilities: { ...driver.capabilities, search: true },
    search: async (query, { path = '' }) =>
      searchWords(store, query, path).map((result) => ({ ...result, snippet: 'something else' })),
  })),
  fault('takes no filters', 'search.filters', /"key":"path"/, (driver, store) => ({
    capabilities: { ...driver.capabilities, search: true },
    search: async (query, { path = '' }) => searchWords(store, query, path),
  })),
  fault('takes words for tags', 'search.filters', /none\.md/, (driver, store) => ({
    capabilities: { ...driver.capabilities, search: true },
    search: async (query, { path = '', filters = { type: 'and', filters: [] } }) =>
      searchWords(store, query, path).filter((result) =>
        passes(store.nodes.get(result.path as BackendPath)!, filters, (text) => text.match(/\w+/g) ?? []),
      ),
  })),
  fault('searches a part as if it were all', 'search.layers', /deep.*equal/i, (driver, store) => ({
    capabilities: { ...driver.capabilities, search: true },
    search: async (query) => searchWords(store, query, 'sky').map((result) => ({ ...result, path: 'sky/x' })),
  })),
  fault('finds the worst first', 'search.finds', /food|Best first/, (driver, store) => ({
    capabilities: { ...driver.capabilities, search: true },
    search: async (query) => searchWords(store, `${query} the`, '').reverse(),
  })),
];

async function globbing(
  driver: BackendDriver,
  files: boolean,
  matches: (path: string) => boolean,
): Promise<BackendPath[]> {
  const found: BackendPath[] = [];
  for await (const batch of driver.list(ROOT, { recursive: true })) {
    for (const { path, isDir } of batch) {
      if (isDir !== files && matches(path)) found.push(joinPath(ROOT, path));
    }
  }
  return found;
}
