import { setTimeout as sleep } from 'node:timers/promises';
import type { FileBackend } from '@f9/core';
import { backendOf, layer } from '@f9/core/driver';

/** The same vault, limited to an average of so many bytes a second, for all readers together. */
export function withBandwidth({ driver }: FileBackend, bytesPerSecond: number): FileBackend {
  const { readFile } = driver;
  /** The time at which the bytes read so far are paid for. */
  let paidAt = performance.now();
  const pay = async (bytes: number, signal: AbortSignal | undefined): Promise<void> => {
    const now = performance.now();
    const waits = Math.max(0, paidAt - now);
    paidAt = now + waits + (bytes / bytesPerSecond) * 1000;
    if (waits > 0) await sleep(waits, undefined, { signal });
  };
  return backendOf(
    layer(driver, {
      async *read(path, options) {
        for await (const block of driver.read(path, options)) {
          await pay(block.length, options.signal);
          yield block;
        }
      },
      readFile:
        readFile &&
        (async (path, options) => {
          const bytes = await readFile.call(driver, path, options);
          await pay(bytes.length, options.signal);
          return bytes;
        }),
    }),
  );
}

/** The same vault, which takes files one by one: what came slowly is kept, and told, as soon as it came. */
export function oneByOne({ driver }: FileBackend): FileBackend {
  return backendOf(layer(driver, { writeMany: undefined }));
}
