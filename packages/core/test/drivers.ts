import { createHash } from 'node:crypto';
import { type BackendDriver, type BackendPath, type DriverChanges, layer } from '../src/driver/index.ts';
import { MemoryFileBackend } from '../src/index.ts';

/** A driver of its own, no layer, over files in memory; `changes` replace or take away members. */
export function memoryDriver(changes: DriverChanges = {}): BackendDriver {
  return { ...layer(new MemoryFileBackend().driver, changes) };
}

/** What an author must write and nothing more: every other operation is derived. */
export function minimalDriver(changes: DriverChanges = {}): BackendDriver {
  const { driver } = new MemoryFileBackend();
  return memoryDriver({
    open: undefined,
    readFile: undefined,
    append: undefined,
    move: undefined,
    acquireSession: undefined,
    capabilities: { ...driver.capabilities, append: 'emulated', move: 'emulated' },
    ...changes,
  });
}

/** A promise to settle by hand. */
export function gate(): { readonly opened: Promise<void>; open(): void; fail(error: unknown): void } {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  return { opened: promise, open: resolve, fail: reject };
}

/** Lets everything that is ready to run do so. */
export function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** What a program without types may pass all the same. */
export function mistaken<T>(value: unknown): T {
  return value as T;
}

/** A driver over files in memory that takes many files in one call, and the calls that it gets. */
export function manyDriver(changes: DriverChanges = {}): { driver: BackendDriver; calls: string[] } {
  const inner = memoryDriver();
  const calls: string[] = [];
  const settled = <T, R>(
    items: readonly T[],
    work: (item: T) => Promise<R>,
  ): Promise<PromiseSettledResult<R>[]> => Promise.allSettled(items.map(work));
  const many: DriverChanges = {
    statMany: async (paths, options) => await Promise.all(paths.map((path) => inner.stat(path, options))),
    writeMany: (files, options) =>
      settled(files, ({ path, source, ...how }) => inner.write(path, source, { ...options, ...how })),
    removeMany: (files, options) =>
      settled(files, ({ path, ifMatch }) => inner.remove(path, { ...options, ifMatch })),
    checksumMany: async (paths) => {
      const sums = new Map<BackendPath, string>();
      for (const path of paths) {
        const info = await inner.stat(path, {});
        if (info?.fileType === 'file') sums.set(path, sha256(await inner.readFile!(path, {})));
      }
      return sums;
    },
    ...changes,
  };
  const driver = { ...inner, ...many } as BackendDriver;
  return { driver: counted(driver, calls), calls };
}

/** A driver that notes each of its calls by name. */
function counted(driver: BackendDriver, calls: string[]): BackendDriver {
  return new Proxy(driver, {
    get: (target, name: string) => {
      const member: unknown = Reflect.get(target, name);
      if (typeof member !== 'function' || name === 'capabilitiesAt') return member;
      return (...all: unknown[]): unknown => {
        calls.push(name);
        return Reflect.apply(member, target, all);
      };
    },
  });
}

export function sha256(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}
