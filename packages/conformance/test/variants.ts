import type { ConformanceHarness } from '@f9/conformance';
import {
  type Capabilities,
  type FileBackend,
  MemoryFileBackend,
  MemoryStore,
  mediaType,
  type SearchFilter,
  type SearchResult,
} from '@f9/core';
import {
  type BackendDriver,
  type BackendPath,
  backendError,
  backendOf,
  type DriverChanges,
  isWithin,
  layer,
  parentPath,
  ROOT,
} from '@f9/core/driver';

/** A memory store whose drivers are changed. */
export function memoryHarness(
  name: string,
  change: (inner: FileBackend, store: MemoryStore) => FileBackend,
): ConformanceHarness {
  return {
    name,
    withoutProcesses: 'it is in memory',
    createStore: () => {
      const store = new MemoryStore();
      return { createBackend: () => change(new MemoryFileBackend({ store }), store) };
    },
    createMissing: () => ({ createBackend: missing }),
  };
}

/** A backend on nothing. */
function missing(): FileBackend {
  return changed(new MemoryFileBackend(), {
    open: async () => {
      throw backendError('NOT_FOUND', 'There is no such store; make it first');
    },
  });
}

/** A layer that owns what it wraps, as the backend of a harness has to. */
export function changed(inner: FileBackend, changes: DriverChanges): FileBackend {
  return backendOf(
    layer(inner.driver, { [Symbol.asyncDispose]: () => inner.driver[Symbol.asyncDispose](), ...changes }),
  );
}

function declaring(inner: FileBackend, capabilities: Partial<Capabilities>): { capabilities: Capabilities } {
  return { capabilities: { ...inner.capabilities, ...capabilities } };
}

/** The members that every driver has, and the queue of the store's sessions: all else is derived. */
export const minimal: ConformanceHarness = memoryHarness('memory, required members only', (inner) =>
  changed(inner, {
    ...declaring(inner, { append: 'emulated', move: 'emulated' }),
    readFile: undefined,
    append: undefined,
    move: undefined,
  }),
);

/** Finds files by the words in them. */
export const searchable: ConformanceHarness = memoryHarness('memory, with search', (inner, store) =>
  changed(inner, {
    ...declaring(inner, { search: true }),
    search: async (query, { limit = 10, path = '', filters }) =>
      searchWords(store, query, path)
        .filter(
          ({ path: file }) =>
            filters === undefined || passes(store.nodes.get(file as BackendPath)!, filters, tagsOf),
        )
        .slice(0, limit),
  }),
);

type Node = MemoryStore['nodes'] extends Map<string, infer Value> ? Value : never;

/** The tags in the frontmatter of a text, as far as the suite writes any. */
function tagsOf(text: string): string[] {
  const [, frontmatter = ''] = /^---\n([\s\S]*?)\n---\n/.exec(text) ?? [];
  const [, tags = ''] = /tags:([\s\S]*)/.exec(frontmatter) ?? [];
  return tags.match(/\w+/g) ?? [];
}

/** Whether a file is what a filter asks for. */
export function passes(node: Node, filter: SearchFilter, tags: (text: string) => readonly string[]): boolean {
  if ('filters' in filter) {
    return filter.type === 'and'
      ? filter.filters.every((each) => passes(node, each, tags))
      : filter.filters.some((each) => passes(node, each, tags));
  }
  const { info, bytes } = node;
  if (filter.key === 'tag') {
    return tags(new TextDecoder().decode(bytes)).includes(String(filter.value)) === (filter.type === 'eq');
  }
  const { path } = info;
  const name = path.slice(path.lastIndexOf('/') + 1);
  const known: Readonly<Record<string, string | number | undefined>> = {
    path,
    name,
    directory: parentPath(path as BackendPath),
    extension: name.split('.')[1],
    size: info.size,
    modifiedAt: info.modifiedAt?.getTime(),
    mediaType: mediaType(path),
  };
  const [value, wanted] = [known[filter.key]!, filter.value];
  return {
    eq: value === wanted,
    ne: value !== wanted,
    gt: value > wanted,
    gte: value >= wanted,
    lt: value < wanted,
    lte: value <= wanted,
  }[filter.type];
}

/** What a search by words finds, best first. */
export function searchWords(store: MemoryStore, query: string, directory: string): SearchResult[] {
  const words = query.toLowerCase().split(/\s+/);
  const results: SearchResult[] = [];
  for (const [path, { bytes }] of store.nodes) {
    if (bytes === undefined || !isWithin(path, directory)) continue;
    const snippet = new TextDecoder().decode(bytes);
    const found = words.filter((word) => snippet.toLowerCase().includes(word));
    if (found.length > 0) results.push({ path, score: found.length / words.length, snippet });
  }
  return results.sort((a, b) => b.score - a.score);
}

/** Declares as little as a backend may. Directories are where files are, as in an object store. */
export const modest: ConformanceHarness = memoryHarness('memory, few capabilities', (inner) => {
  const { driver } = inner;
  const prune = async (path: BackendPath): Promise<void> => {
    for (let parent = parentPath(path); parent !== ROOT; parent = parentPath(parent)) {
      try {
        await driver.remove(parent, {});
      } catch {
        return; // There are other files in it.
      }
    }
  };
  return changed(inner, {
    ...declaring(inner, {
      exclusiveCreate: false,
      ifMatch: false,
      append: false,
      move: 'emulated',
      emptyDirectories: false,
    }),
    append: undefined,
    move: undefined,
    makeDirectory: async (path) => {
      throw backendError('UNSUPPORTED', 'Directories are where files are', { path });
    },
    remove: async (path, options) => {
      await driver.remove(path, options);
      await prune(path);
    },
  });
});

/** Milliseconds that a new backend lags behind the store. */
const LAG = 15;

/** Every backend sees its own writes at once, and those of others when it next looks at the store. */
export function eventual(): ConformanceHarness {
  const lagging = new WeakMap<MemoryStore, Snapshot>();
  const published = (store: MemoryStore): Snapshot => {
    const known = lagging.get(store);
    if (known !== undefined && performance.now() - known.taken < LAG) return known;
    const current = { taken: performance.now(), nodes: new Map(store.nodes) };
    lagging.set(store, current);
    return current;
  };
  const harness = memoryHarness('memory, eventually consistent', (inner, store) => {
    let view: Snapshot | undefined;
    const own = new MemoryStore();
    const reader = new MemoryFileBackend({ store: own }).driver;
    const look = (): BackendDriver => {
      if (view === undefined || performance.now() - view.taken > LAG) show(published(store));
      return reader;
    };
    const show = (snapshot: Snapshot): void => {
      view = snapshot;
      own.nodes.clear();
      for (const [path, node] of snapshot.nodes) own.nodes.set(path, node);
    };
    const writing = async <T>(write: () => Promise<T>): Promise<T> => {
      published(store); // Whoever opens the store now sees what was there before.
      const result = await write();
      show({ taken: performance.now(), nodes: store.nodes });
      return result;
    };
    const { driver } = inner;
    return changed(inner, {
      ...declaring(inner, { consistency: 'eventual', settleWithin: 500 }),
      stat: (path, options) => look().stat(path, options),
      read: (path, options) => look().read(path, options),
      readFile: (path, options) => look().readFile!(path, options),
      list: (path, options) => look().list(path, options),
      write: (path, source, options) => writing(() => driver.write(path, source, options)),
      append: (path, source, options) => writing(() => driver.append!(path, source, options)),
      makeDirectory: (path, options) => writing(() => driver.makeDirectory(path, options)),
      remove: (path, options) => writing(() => driver.remove(path, options)),
      move: (from, to, options) => writing(() => driver.move!(from, to, options)),
    });
  });
  return { ...harness, slow: true };
}

interface Snapshot {
  readonly taken: number;
  readonly nodes: MemoryStore['nodes'];
}
