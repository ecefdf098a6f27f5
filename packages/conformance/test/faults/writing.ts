import {
  type BackendDriver,
  bytesOf,
  chunksOf,
  concatBytes,
  isWithin,
  layer,
  notFound,
  parentPath,
  type WriteOptions,
} from '@f9/core/driver';
import { type Fault, fault, turn } from './fault.ts';

const REPLACE = { ifExists: 'replace', ifMissing: 'create' } as const;

/** Without the derived or native shortcuts, so that everything passes through `write`. */
const ONLY_WRITE = { append: undefined, move: undefined, copy: undefined } as const;

function unconditional({ ifMatch: _, ...options }: WriteOptions): WriteOptions {
  return options;
}

export const writing: readonly Fault[] = [
  fault('tears a write whose source fails', 'atomic.source-throws', /left a part of it/, (driver) => ({
    write: async (path, source, options) => {
      const pieces: Uint8Array[] = [];
      let info = await driver.write(path, new Uint8Array(), options);
      for await (const chunk of chunksOf(source)) {
        pieces.push(chunk);
        info = await driver.write(path, concatBytes(pieces), REPLACE);
      }
      return info;
    },
  })),
  fault('shows a file before it is whole', 'atomic.reader', /mixture|true/, (driver) => ({
    ...ONLY_WRITE,
    write: async (path, source, options) => {
      const bytes = await bytesOf(source);
      await driver.write(path, bytes.slice(0, bytes.length / 2), options);
      await turn();
      return await driver.write(path, bytes, REPLACE);
    },
  })),
  fault('shows a new file while it is uploaded', 'atomic.reader', /true/, (driver) => ({
    write: async (path, source, options) => {
      if ((await driver.stat(path, {})) !== undefined) return await driver.write(path, source, options);
      await driver.write(path, new Uint8Array(), options);
      return await driver.write(path, source, REPLACE);
    },
  })),
  fault(
    'takes a source that fails for one that ends',
    'atomic.source-error',
    /succeeded|as it is/,
    (driver) => ({
      write: async (path, source, options) => {
        const pieces: Uint8Array[] = [];
        try {
          for await (const chunk of chunksOf(source)) pieces.push(chunk);
        } catch {}
        return await driver.write(path, concatBytes(pieces), options);
      },
    }),
  ),
  fault('keeps what came before an abort', 'atomic.aborted', /changed|succeeded/, (driver) => ({
    write: async (path, source, { signal: _, ...options }) => {
      const pieces: Uint8Array[] = [];
      try {
        for await (const chunk of chunksOf(source)) pieces.push(chunk);
      } catch {}
      return await driver.write(path, concatBytes(pieces), options);
    },
  })),
  fault('forgets ifExists', 'create.existing', /ALREADY_EXISTS was expected, but it succeeded/, (driver) => ({
    write: (path, source, options) => driver.write(path, source, { ...options, ifExists: 'replace' }),
  })),
  fault('forgets ifMissing', 'update.missing', /NOT_FOUND was expected, but it succeeded/, (driver) => ({
    write: (path, source, options) => driver.write(path, source, { ...options, ifMissing: 'create' }),
  })),
  fault(
    'forgets ifMatch',
    'if-match.fails',
    /PRECONDITION_FAILED was expected, but it succeeded/,
    (driver) => ({
      write: (path, source, options) => driver.write(path, source, unconditional(options)),
    }),
  ),
  fault(
    'forgets ifMatch when it deletes',
    'if-match.fails',
    /PRECONDITION_FAILED was expected/,
    (driver) => ({
      remove: (path) => driver.remove(path, {}),
    }),
  ),
  fault('forgets ifMatch when it moves', 'if-match.fails', /PRECONDITION_FAILED was expected/, (driver) => ({
    move: (from, to, options) => driver.move!(from, to, unconditional(options)),
  })),
  fault('looks first and creates later', 'create.exclusive', /One winner/, (driver) => ({
    write: async (path, source, options) => {
      if (options.ifExists === 'fail' && (await driver.stat(path, {})) !== undefined) {
        return await driver.write(path, source, options);
      }
      await turn();
      return await driver.write(path, source, { ...options, ifExists: 'replace' });
    },
  })),
  fault('compares etags first and writes later', 'if-match.one-winner', /One update/, (driver) => ({
    write: async (path, source, options) => {
      const { ifMatch } = options;
      if (ifMatch !== undefined && (await driver.stat(path, {}))?.etag !== ifMatch) {
        return await driver.write(path, source, options);
      }
      await turn();
      return await driver.write(path, source, unconditional(options));
    },
  })),
  fault('loses appends that run at the same time', 'append.concurrent', /deep.*equal/i, (driver) => ({
    append: async (path, source, options) => {
      const before = await driver.readFile!(path, {});
      const added = await bytesOf(source);
      await turn();
      return await driver.write(path, concatBytes([before, added]), {
        ...options,
        ifExists: 'replace',
        ifMissing: 'fail',
      });
    },
  })),
  fault(
    'appends to what is not there',
    'append.missing',
    /NOT_FOUND was expected, but it succeeded/,
    (driver) => ({
      append: async (path, source, options) =>
        (await driver.stat(path, {})) === undefined
          ? await driver.write(path, source, { ...options, ...REPLACE })
          : await driver.append!(path, source, options),
    }),
  ),
  fault('writes only where the directory is', 'create.parents', /There is nothing at/, (driver) => ({
    write: async (path, source, options) => {
      if ((await driver.stat(parentPath(path), {})) === undefined) throw notFound(parentPath(path));
      return await driver.write(path, source, options);
    },
  })),
  fault(
    'replaces a directory by a file',
    'create.kinds',
    /IS_DIRECTORY was expected, but it succeeded/,
    (driver, store) => ({
      write: async (path, source, options) => {
        const current = await driver.stat(path, {});
        if (current?.isDir === true && options.ifExists === 'replace') {
          for (const entry of [...store.nodes.keys()]) if (isWithin(entry, path)) store.nodes.delete(entry);
        }
        return await driver.write(path, source, options);
      },
    }),
  ),
  fault("keeps the caller's own buffer", 'content.kept', /XXXX/, (driver, store) => ({
    write: async (path, source, options) => {
      const bytes = await bytesOf(source);
      const info = await driver.write(path, bytes, options);
      store.nodes.set(path, { info, bytes });
      return info;
    },
  })),
  fault('cuts large files', 'read.bytes', /1048577|of 65537 bytes|were expected/, (driver) => ({
    write: async (path, source, options) =>
      await driver.write(path, (await bytesOf(source)).slice(0, 65_536), options),
  })),
  fault('leaves a moved file where it was', 'move.file', /Nothing may be at "x\/a"/, (driver) => ({
    move: async (from, to, options) => await driver.write(to, await driver.readFile!(from, {}), options),
  })),
  fault(
    'deletes the source before the target is there',
    'move.never-neither',
    /its source or its target/,
    (driver) => ({
      move: async (from, to, options) => {
        const bytes = await driver.readFile!(from, {});
        await driver.remove(from, {});
        await turn();
        return await driver.write(to, bytes, options);
      },
    }),
  ),
  fault('deletes by prefix', 'delete.recursive', /dir/, (_, store) => ({
    removeTree: async (path) => {
      for (const entry of [...store.nodes.keys()]) if (entry.startsWith(path)) store.nodes.delete(entry);
    },
  })),
  fault(
    'deletes directories with all that is in them',
    'delete.not-empty',
    /DIRECTORY_NOT_EMPTY was expected/,
    (driver, store) => ({
      remove: async (path, options) => {
        for (const entry of [...store.nodes.keys()])
          if (entry !== path && isWithin(entry, path)) store.nodes.delete(entry);
        await driver.remove(path, options);
      },
    }),
  ),
  fault(
    'takes a second delete for success',
    'delete.missing',
    /NOT_FOUND was expected, but it succeeded/,
    (driver) => ({
      remove: async (path, options) => {
        if ((await driver.stat(path, {})) !== undefined) await driver.remove(path, options);
      },
    }),
  ),
  fault('goes by size alone for its etag', 'info.etag', /Expected|not|actual/, (driver) =>
    etagged(driver, (size) => `${size}`),
  ),
];

function etagged(driver: BackendDriver, etagOf: (size: number) => string): Partial<BackendDriver> {
  return layer(driver, {
    ...ONLY_WRITE,
    stat: async (path, options) => {
      const info = await driver.stat(path, options);
      return info?.with({ etag: info.isDir ? undefined : etagOf(info.size ?? 0) });
    },
    write: async (path, source, { ifMatch, ...options }) => {
      const info = await driver.write(path, source, options);
      return info.with({ etag: etagOf(info.size ?? 0) });
    },
  });
}
