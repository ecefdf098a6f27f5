import { type BackendDriver, type DriverChanges, layer } from '../src/driver/index.ts';
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
