import assert from 'node:assert/strict';
import { type Content, type FileBackend, isFileBackendError } from '@f9/core';
import type { ConformanceGroup } from '../conformance-case.ts';
import { assertBytes, chunked, drain, noise } from '../proving/bytes.ts';
import type { CaseContext } from '../proving/case-context.ts';
import { failureOf } from '../proving/failures.ts';
import { turns } from '../proving/turns.ts';
import { snapshot } from '../proving/vault-contents.ts';

/** Every operation that takes content, on a vault where `old` exists and `new/file` does not. */
function writes(
  backend: FileBackend,
  make: () => AsyncIterable<Uint8Array>,
): Record<string, () => Promise<unknown>> {
  const data = (): Content => make();
  return {
    'create of a new file': () => backend.create('new/file', { data: data() }),
    'create over the old file': () => backend.create('old', { data: data(), overwrite: true }),
    update: () => backend.update('old', { data: data() }),
    'streamWrite of a new file': () => backend.streamWrite('new/file', { chunkSource: make() }),
    'streamWrite over the old file': () =>
      backend.streamWrite('old', { chunkSource: make(), overwrite: true }),
    ...(backend.capabilities.append === false
      ? {}
      : { append: () => backend.update('old', { data: data(), append: true }) }),
  };
}

/** Some good chunks, enough to reach the lowest layer, and then `end`. */
async function* broken(size: number, end: () => Promise<never>): AsyncGenerator<Uint8Array> {
  for (let i = 0; i < 4; i++) {
    await turns(1);
    yield noise(size, i + 1);
  }
  await end();
}

async function withOldFile(t: CaseContext): Promise<void> {
  await t.backend.create('old', { data: 'the old content' });
}

export const atomic: ConformanceGroup = {
  name: 'all or nothing',
  cases: [
    {
      promises: ['atomic.source-throws', 'atomic.source-error'],
      title: 'a source that throws halfway changes nothing, and its own error comes back as it is',
      run: async (t) => {
        await withOldFile(t);
        const reason = new RangeError('the source broke');
        const size = t.scaled(100_000, 5000);
        const source = (): AsyncIterable<Uint8Array> => broken(size, () => Promise.reject(reason));
        await t.unchangedBy(async () => {
          const before = await snapshot(t.backend);
          for (const [name, write] of Object.entries(writes(t.backend, source))) {
            assert.equal(await failureOf(write(), 'The error of the source'), reason, name);
            assert.deepEqual(await snapshot(t.backend), before, `${name} left a part of it`);
          }
        });
      },
    },
    {
      promises: ['atomic.source-throws', 'atomic.source-error'],
      title: 'a source that throws at once, or out of a web stream or a plain iterator, changes nothing',
      run: async (t) => {
        await withOldFile(t);
        const reason = new Error('the source broke');
        const sources: (() => Content)[] = [
          () => broken(0, () => Promise.reject(reason)),
          () => new ReadableStream({ start: (controller) => controller.error(reason) }),
          () =>
            (function* () {
              yield 'good';
              throw reason;
            })(),
          () => ({
            [Symbol.asyncIterator]: () => {
              throw reason;
            },
          }),
        ];
        await t.unchangedBy(async () => {
          for (const source of sources) {
            assert.equal(await failureOf(t.backend.create('new', { data: source() }), 'The error'), reason);
            assert.equal(await failureOf(t.backend.update('old', { data: source() }), 'The error'), reason);
          }
        });
      },
    },
    {
      promises: ['atomic.source-error'],
      title: 'what a source throws comes back even if it is no Error, or an error of another backend',
      run: async (t) => {
        await withOldFile(t);
        const reasons: unknown[] = ['a string', undefined, { code: 'ENOENT' }];
        for (const reason of reasons) {
          const source = broken(10, () => Promise.reject(reason));
          assert.equal(await failureOf(t.backend.create('new', { data: source }), 'The error'), reason);
        }
        const other = await t.another();
        const stream = other.streamRead('not/there');
        const error = await t.rejects(t.backend.create('new', { data: stream }), 'NOT_FOUND');
        assert.equal(error.operation, 'streamRead');
        assert.equal(error.path, 'not/there');
        await t.isAbsent('new');
      },
    },
    {
      promises: ['atomic.aborted', 'abort.rejects'],
      title: 'a write that is aborted halfway changes nothing and rejects with the reason',
      run: async (t) => {
        await withOldFile(t);
        await t.unchangedBy(async () => {
          const size = t.scaled(100_000, 5000);
          for (const [name, start] of Object.entries(abortable(t.backend, size))) {
            const controller = new AbortController();
            const reason = new Error('no longer wanted');
            const before = await snapshot(t.backend);
            const write = start(controller.signal, () => controller.abort(reason));
            assert.equal(await failureOf(write, 'The reason of the abort'), reason, name);
            assert.deepEqual(await snapshot(t.backend), before, `${name} left a part of it`);
          }
        });
      },
    },
    {
      promises: ['atomic.aborted', 'abort.rejects'],
      title: 'a write whose source hangs for ever ends when it is aborted',
      run: async (t) => {
        await withOldFile(t);
        await t.unchangedBy(async () => {
          const controller = new AbortController();
          const hanging = broken(10, () => {
            setImmediate(() => controller.abort());
            return new Promise<never>(() => undefined);
          });
          const write = t.backend.update('old', { data: hanging, signal: controller.signal });
          assert.equal(await failureOf(write, 'The reason of the abort'), controller.signal.reason);
        });
      },
    },
    {
      promises: ['atomic.reader'],
      title: 'while a file is replaced again and again, every read gives one whole version',
      run: async (t) => {
        const size = t.scaled(60_000, 4000);
        const versions = [noise(size, 1), noise(size + 1000, 2), noise(size - 1000, 3)];
        await t.backend.create('file', { data: versions[0]! });
        let writing = true;
        const writer = (async () => {
          for (let i = 1; i <= t.scaled(30, 4); i++) {
            const version = versions[i % 3]!;
            const pieces = [version.subarray(0, 999), version.subarray(999, 3000), version.subarray(3000)];
            await t.backend.streamWrite('file', { chunkSource: chunked(...pieces), overwrite: true });
          }
          writing = false;
        })();
        const isWhole = (actual: Uint8Array): boolean =>
          versions.some((version) => Buffer.compare(actual, version) === 0);
        const reader = async (): Promise<void> => {
          while (writing) {
            assert.ok(isWhole(await t.backend.read('file')), 'read gave a mixture or a part');
            const streamed = await Array.fromAsync(t.backend.streamRead('file')).catch((error: unknown) => {
              // An old version may be gone before it was read to its end; then the reader gets an error.
              assert.ok(isFileBackendError(error), String(error));
            });
            if (streamed !== undefined)
              assert.ok(isWhole(Buffer.concat(streamed)), 'A stream gave a mixture');
            await turns(1);
          }
        };
        await Promise.all([writer, reader(), reader()]);
      },
    },
    {
      promises: ['atomic.reader'],
      title: 'while a new file is written nothing of it can be seen',
      run: async (t) => {
        const seen: boolean[] = [];
        async function* watched(): AsyncGenerator<Uint8Array> {
          for (let i = 0; i < 3; i++) {
            yield noise(t.scaled(100_000, 5000), i + 1);
            seen.push(await t.backend.exists('new/file'));
            for await (const { path, fileType } of t.backend.list('/', { recursive: true })) {
              seen.push(fileType === 'file' && path !== '');
            }
          }
        }
        await t.backend.create('new/file', { data: watched() });
        assert.deepEqual(new Set(seen), new Set([false]));
        assert.equal(await t.backend.exists('new/file'), true);
      },
    },
    {
      promises: ['atomic.open-reader'],
      title: 'a stream that was begun before the file was replaced never goes on with the new content',
      run: (t) => assertHeldVersion(t, (old) => t.backend.update('file', { data: noise(old.length, 6) })),
    },
    {
      promises: ['atomic.open-reader'],
      title: 'a stream that was begun before the file was deleted gives the whole file or fails',
      run: (t) => assertHeldVersion(t, () => t.backend.delete('file')),
    },
  ],
};

/** Writes whose source calls `abort` after some chunks and then goes on. */
function abortable(
  backend: FileBackend,
  size: number,
): Record<string, (signal: AbortSignal, abort: () => void) => Promise<unknown>> {
  async function* source(abort: () => void): AsyncGenerator<Uint8Array> {
    for (let i = 0; ; i++) {
      await turns(1);
      if (i === 3) abort();
      yield noise(size, i + 1);
    }
  }
  return {
    create: (signal, abort) => backend.create('new/file', { data: source(abort), signal }),
    'create over': (signal, abort) => backend.create('old', { data: source(abort), overwrite: true, signal }),
    update: (signal, abort) => backend.update('old', { data: source(abort), signal }),
    streamWrite: (signal, abort) => backend.streamWrite('new/file', { chunkSource: source(abort), signal }),
    ...(backend.capabilities.append === false
      ? {}
      : {
          append: (signal: AbortSignal, abort: () => void) =>
            backend.update('old', { data: source(abort), append: true, signal }),
        }),
  };
}

/** Begins to read `file`, lets `change` happen, and reads on: either the whole old version comes, or an error tells. */
async function assertHeldVersion(
  t: CaseContext,
  change: (old: Uint8Array) => Promise<unknown>,
): Promise<void> {
  const old = noise(t.scaled(3_000_000, 50_000), 5);
  await t.backend.create('file', { data: old });
  const reader = t.backend.streamRead('file', { chunkSize: 1000 }).getReader();
  const { value } = await reader.read();
  await change(old);
  const rest = await drain(reader).catch((error: unknown) => {
    assert.ok(isFileBackendError(error), String(error));
  });
  if (rest !== undefined) assertBytes(new Uint8Array(Buffer.concat([value!, ...rest])), old, 'The stream');
}
