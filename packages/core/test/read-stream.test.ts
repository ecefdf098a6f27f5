import { getEventListeners } from 'node:events';
import { describe, expect, test } from 'vitest';
import { backendError, DriverBackend, type DriverChanges, layer } from '../src/driver/index.ts';
import { MemoryFileBackend } from '../src/index.ts';
import { gate, memoryDriver, mistaken, settle } from './drivers.ts';

/** A backend that reads as `read` says, and counts the handles that were opened and those that are open. */
function reading(read: () => AsyncGenerator<Uint8Array>): {
  backend: DriverBackend;
  handles: { open: number; ever: number };
} {
  const handles = { open: 0, ever: 0 };
  // Not a generator, which would open nothing before its first block is asked for.
  const open = (): AsyncIterator<Uint8Array> => {
    handles.open++;
    handles.ever++;
    const inner = read();
    let isOpen = true;
    const free = (): void => {
      if (isOpen) handles.open--;
      isOpen = false;
    };
    return {
      next: async () => {
        const result = await inner.next();
        if (result.done === true) free();
        return result;
      },
      return: async () => {
        free();
        return await inner.return(undefined);
      },
    };
  };
  const driver = memoryDriver({ read: () => ({ [Symbol.asyncIterator]: open }) });
  return { backend: new DriverBackend(driver), handles };
}

async function* blocks(count: number, size = 10): AsyncGenerator<Uint8Array> {
  for (let n = 0; n < count; n++) yield new Uint8Array(size).fill(n);
}

function chunkSizes(chunks: readonly Uint8Array[]): number[] {
  return chunks.map((chunk) => chunk.length);
}

test('making a stream throws nothing and opens nothing, whatever is wrong with what was asked', async () => {
  const backend = new MemoryFileBackend();
  const wrong: [() => ReadableStream<Uint8Array>, string][] = [
    [() => backend.streamRead('../x'), 'PATH_OUTSIDE_ROOT'],
    [() => backend.streamRead(''), 'IS_DIRECTORY'],
    [() => backend.streamRead('a/'), 'INVALID_PATH'],
    [() => backend.streamRead(mistaken(7)), 'INVALID_ARGUMENT'],
    [() => backend.streamRead('a', { chunkSize: 0 }), 'INVALID_ARGUMENT'],
    [() => backend.streamRead('a', { chunkSize: 1.5 }), 'INVALID_ARGUMENT'],
    [() => backend.streamRead('a', { offset: -1 }), 'INVALID_ARGUMENT'],
    [() => backend.streamRead('a', { length: Number.NaN }), 'INVALID_ARGUMENT'],
    [() => backend.streamRead('a'), 'NOT_FOUND'],
    [() => backend.streamRead('/'), 'IS_DIRECTORY'],
  ];
  for (const [make, code] of wrong) {
    const stream = make();
    await settle();
    await expect(stream.getReader().read()).rejects.toMatchObject({ code, operation: 'streamRead' });
  }
});

test('a stream that nobody pulls opens nothing, and reads no further than it is pulled', async () => {
  let read = 0;
  const { backend, handles } = reading(async function* () {
    for (;;) {
      read++;
      yield new Uint8Array(10);
    }
  });
  const reader = backend.streamRead('a', { chunkSize: 10 }).getReader();
  await settle();
  expect(handles.ever).toBe(0);
  await reader.read();
  await settle();
  expect(read).toBe(1);
  await reader.cancel();
  expect(handles.open).toBe(0);
});

test('a chunk size far beyond the file costs no more than the file', async () => {
  const { backend } = reading(() => blocks(3));
  const before = process.memoryUsage().arrayBuffers;
  const chunks = await Array.fromAsync(backend.streamRead('a', { chunkSize: 1e9 }));
  expect(chunkSizes(chunks)).toEqual([30]);
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(10_000_000);
});

test('chunks have their size whatever the blocks have, and lie in the blocks where they can', async () => {
  const block = new Uint8Array(100);
  const { backend } = reading(async function* () {
    yield block;
    yield new Uint8Array();
    yield new Uint8Array(7);
  });
  const chunks = await Array.fromAsync(backend.streamRead('a', { chunkSize: 25 }));
  expect(chunkSizes(chunks)).toEqual([25, 25, 25, 25, 7]);
  expect(chunks[3]!.buffer).toBe(block.buffer);
});

test('characters split over chunks and blocks come whole, and no chunk of text is empty', async () => {
  const text = 'aé€😀'.repeat(50);
  const bytes = Buffer.from(text);
  const { backend } = reading(async function* () {
    for (const byte of bytes) yield Uint8Array.of(byte);
  });
  for (const chunkSize of [1, 2, 3, 4, 5, 7, 1000]) {
    const chunks = await Array.fromAsync(backend.streamRead('a', { binary: false, chunkSize }));
    expect(chunks.join('')).toBe(text);
    expect(chunks.every((chunk) => chunk.length > 0 && chunk.isWellFormed())).toBe(true);
  }
});

describe('the handle is freed', () => {
  const endless = async function* (): AsyncGenerator<Uint8Array> {
    for (;;) yield new Uint8Array(10);
  };

  test('at the end, and when a loop is left early', async () => {
    const { backend, handles } = reading(() => blocks(3));
    await Array.fromAsync(backend.streamRead('a'));
    for await (const _ of backend.streamRead('a', { chunkSize: 5 })) break;
    expect(handles).toEqual({ open: 0, ever: 2 });
  });

  test('when the read fails', async () => {
    const { backend, handles } = reading(async function* () {
      yield new Uint8Array(10);
      throw backendError('IO', 'The disk is gone');
    });
    const reader = backend.streamRead('a', { chunkSize: 10 }).getReader();
    await reader.read();
    await expect(reader.read()).rejects.toMatchObject({ code: 'IO', operation: 'streamRead', path: 'a' });
    expect(handles.open).toBe(0);
  });

  test('when the bytes are no text', async () => {
    const { backend, handles } = reading(async function* () {
      yield Uint8Array.of(0x61, 0xff);
      yield* endless();
    });
    const { signal } = new AbortController();
    const reader = backend.streamRead('a', { binary: false, signal }).getReader();
    await expect(reader.read()).rejects.toMatchObject({ code: 'INVALID_TEXT', path: 'a' });
    expect(handles.open).toBe(0);
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });

  test('when the bytes end inside a character', async () => {
    const { backend, handles } = reading(async function* () {
      yield Uint8Array.of(0x61, 0xe2);
    });
    const { signal } = new AbortController();
    const text = Array.fromAsync(backend.streamRead('a', { binary: false, signal }));
    await expect(text).rejects.toMatchObject({ code: 'INVALID_TEXT', operation: 'streamRead', path: 'a' });
    expect(handles.open).toBe(0);
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });

  test('when it is cancelled while its driver opens', async () => {
    const opening = gate();
    const { backend, handles } = reading(endless);
    const slow = new DriverBackend(layer(backend.driver, { open: () => opening.opened }));
    const reader = slow.streamRead('a').getReader();
    const read = reader.read();
    await settle();
    await reader.cancel();
    expect(await read).toEqual({ done: true, value: undefined });
    opening.open();
    await settle();
    expect(handles).toEqual({ open: 0, ever: 0 });
  });

  test('when it is cancelled at any moment of its first read, by a driver that looks at no signal', async () => {
    for (let ticks = 0; ticks < 12; ticks++) {
      const { backend, handles } = reading(endless);
      const reader = backend.streamRead('a', { chunkSize: 10 }).getReader();
      const read = reader.read();
      for (let tick = 0; tick < ticks; tick++) await Promise.resolve();
      await reader.cancel();
      await read;
      await settle();
      expect(handles.open, `after ${ticks} ticks`).toBe(0);
    }
  });

  test('when its backend is disposed at any moment of its first read, and nothing is read after that', async () => {
    for (let ticks = 0; ticks < 12; ticks++) {
      let isDisposed = false;
      let readAfter = 0;
      const { backend: inner, handles } = reading(endless);
      const backend = new DriverBackend({
        ...inner.driver,
        read: (path, options) => {
          if (isDisposed) readAfter++;
          return inner.driver.read(path, options);
        },
        [Symbol.asyncDispose]: async () => {
          isDisposed = true;
          expect(handles.open, `after ${ticks} ticks`).toBe(0);
        },
      });
      const reader = backend.streamRead('a', { chunkSize: 10 }).getReader();
      const read = reader.read().catch((error: unknown) => error);
      for (let tick = 0; tick < ticks; tick++) await Promise.resolve();
      await backend[Symbol.asyncDispose]();
      await read;
      await expect(reader.read()).rejects.toMatchObject({ code: 'CLOSED' });
      await settle();
      expect({ open: handles.open, readAfter }, `after ${ticks} ticks`).toEqual({ open: 0, readAfter: 0 });
    }
  });

  test('of both branches of a tee, when both are cancelled', async () => {
    const { backend, handles } = reading(endless);
    const [one, two] = backend.streamRead('a', { chunkSize: 10 }).tee();
    const reader = one.getReader();
    await reader.read();
    const cancelled = reader.cancel();
    expect(handles.open).toBe(1);
    await Promise.all([cancelled, two.cancel()]);
    expect(handles.open).toBe(0);
  });

  test('when what it is piped through or to fails', async () => {
    const { backend, handles } = reading(endless);
    const own = new Error('mine');
    const failing = new TransformStream<Uint8Array, Uint8Array>({
      transform: () => {
        throw own;
      },
    });
    await expect(Array.fromAsync(backend.streamRead('a').pipeThrough(failing))).rejects.toBe(own);
    const sink = new WritableStream<Uint8Array>({ write: () => Promise.reject(own) });
    await expect(backend.streamRead('a').pipeTo(sink)).rejects.toBe(own);
    await settle();
    expect(handles).toEqual({ open: 0, ever: 2 });
  });
});

describe('an abort', () => {
  test('before the first pull does no work', async () => {
    const { backend, handles } = reading(() => blocks(1));
    const reason = new Error('no more');
    const stream = backend.streamRead('a', { signal: AbortSignal.abort(reason) });
    await expect(stream.getReader().read()).rejects.toBe(reason);
    expect(handles.ever).toBe(0);
  });

  test('between two reads fails the stream with its reason and frees the handle', async () => {
    const { backend, handles } = reading(() => blocks(3));
    const controller = new AbortController();
    const reader = backend.streamRead('a', { chunkSize: 10, signal: controller.signal }).getReader();
    await reader.read();
    const reason = new Error('no more');
    controller.abort(reason);
    await expect(reader.read()).rejects.toBe(reason);
    await settle();
    expect(handles.open).toBe(0);
  });

  test('fails at once a read that is stuck, and tells the driver', async () => {
    const stuck = gate();
    let told: AbortSignal | undefined;
    const changes: DriverChanges = {
      read: async function* (_path, { signal }) {
        told = signal;
        await stuck.opened;
        yield new Uint8Array();
      },
    };
    const backend = new DriverBackend(memoryDriver(changes));
    const controller = new AbortController();
    const reader = backend.streamRead('a', { signal: controller.signal }).getReader();
    const read = reader.read();
    await settle();
    const reason = new Error('no more');
    controller.abort(reason);
    await expect(read).rejects.toBe(reason);
    expect(told!.aborted).toBe(true);
    stuck.open();
    await settle();
    await backend[Symbol.asyncDispose]();
  });

  test('while the driver opens fails the stream with its reason', async () => {
    const opening = gate();
    const backend = new DriverBackend(memoryDriver({ open: () => opening.opened }));
    const controller = new AbortController();
    const read = backend.streamRead('a', { signal: controller.signal }).getReader().read();
    await settle();
    const reason = new Error('no more');
    controller.abort(reason);
    await expect(read).rejects.toBe(reason);
    opening.open();
  });

  test('leaves no listener behind, however the stream ended', async () => {
    const { signal } = new AbortController();
    const { backend } = reading(() => blocks(2));
    await Array.fromAsync(backend.streamRead('a', { signal }));
    for await (const _ of backend.streamRead('a', { signal, chunkSize: 5 })) break;
    await backend
      .streamRead('a', { signal, chunkSize: 0 })
      .getReader()
      .read()
      .catch(() => undefined);
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });

  test('after the end changes nothing', async () => {
    const { backend } = reading(() => blocks(1));
    const controller = new AbortController();
    const reader = backend.streamRead('a', { signal: controller.signal }).getReader();
    await reader.read();
    expect((await reader.read()).done).toBe(true);
    controller.abort();
    expect((await reader.read()).done).toBe(true);
  });
});

test('thousands of chunks grow neither listeners nor handles', async () => {
  const { signal } = new AbortController();
  const { backend, handles } = reading(() => blocks(20, 1000));
  let most = 0;
  let count = 0;
  for await (const _ of backend.streamRead('a', { signal, chunkSize: 2 })) {
    most = Math.max(most, getEventListeners(signal, 'abort').length);
    count++;
  }
  expect({ count, most, handles }).toEqual({ count: 10_000, most: 1, handles: { open: 0, ever: 1 } });
});

test('what a driver throws in its clean-up does not hide how the stream ended', async () => {
  const { backend } = reading(async function* () {
    try {
      yield new Uint8Array(10);
      yield new Uint8Array(10);
    } finally {
      // biome-ignore lint/correctness/noUnsafeFinally: a clean-up that fails
      throw new Error('The handle would not close');
    }
  });
  for await (const _ of backend.streamRead('a', { chunkSize: 5 })) break;
  const controller = new AbortController();
  const reader = backend.streamRead('a', { chunkSize: 10, signal: controller.signal }).getReader();
  await reader.read();
  const reason = new Error('no more');
  controller.abort(reason);
  await expect(reader.read()).rejects.toBe(reason);
});

describe('iterated', () => {
  const iterate = (backend: DriverBackend): AsyncIterator<Uint8Array> =>
    backend.streamRead('a', { chunkSize: 4 })[Symbol.asyncIterator]();

  test('it gives what a reader gives, in order, however many are asked for at once', async () => {
    const { backend, handles } = reading(() => blocks(3));
    const iterator = iterate(backend);
    const asked = await Promise.all(Array.from({ length: 10 }, () => iterator.next()));
    const reader = backend.streamRead('a', { chunkSize: 4 }).getReader();
    const read = [];
    for (let i = 0; i < 10; i++) read.push(await reader.read());
    expect(asked).toEqual(read);
    expect(chunkSizes(asked.flatMap(({ value }) => value ?? []))).toEqual([4, 4, 4, 4, 4, 4, 4, 2]);
    expect(handles.open).toBe(0);
  });

  test('it locks the stream until it is over', async () => {
    const stream = reading(() => blocks(1)).backend.streamRead('a', { chunkSize: 4 });
    const iterator = stream[Symbol.asyncIterator]();
    await iterator.next();
    expect(stream.locked).toBe(true);
    expect(() => stream.getReader()).toThrow(TypeError);
    await iterator.return?.();
    expect(stream.locked).toBe(false);
    expect(await iterator.next()).toEqual({ done: true, value: undefined });
  });

  test('left early without cancelling, it can be read on', async () => {
    const { backend, handles } = reading(() => blocks(1));
    const stream = backend.streamRead('a', { chunkSize: 4 });
    for await (const _ of stream.values({ preventCancel: true })) break;
    expect(chunkSizes(await Array.fromAsync(stream))).toEqual([4, 2]);
    expect(handles).toEqual({ open: 0, ever: 1 });
  });

  test('what is ready is not given any more after an abort, nor after disposal', async () => {
    const controller = new AbortController();
    const { backend, handles } = reading(() => blocks(3));
    const aborted = backend
      .streamRead('a', { chunkSize: 4, signal: controller.signal })
      [Symbol.asyncIterator]();
    const disposed = iterate(backend);
    await aborted.next();
    await disposed.next();
    const reason = new Error('enough');
    controller.abort(reason);
    await expect(aborted.next()).rejects.toBe(reason);
    await backend[Symbol.asyncDispose]();
    await expect(disposed.next()).rejects.toMatchObject({ code: 'CLOSED' });
    expect(handles.open).toBe(0);
  });

  test('bytes that are no text fail it where they stand', async () => {
    const { backend, handles } = reading(async function* () {
      yield Uint8Array.of(0x61, 0x62, 0xff, 0x63);
    });
    const text = backend.streamRead('a', { binary: false, chunkSize: 1 })[Symbol.asyncIterator]();
    expect(await text.next()).toEqual({ done: false, value: 'a' });
    expect(await text.next()).toEqual({ done: false, value: 'b' });
    await expect(text.next()).rejects.toMatchObject({ code: 'INVALID_TEXT', path: 'a' });
    expect(handles.open).toBe(0);
  });
});
