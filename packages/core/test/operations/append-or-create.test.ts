import { expect, test } from 'vitest';
import { type BackendDriver, DriverBackend, type DriverChanges, layer } from '../../src/driver/index.ts';
import { memoryDriver, minimalDriver } from '../drivers.ts';

const HOW = { append: true, create: true } as const;

async function* chunks(): AsyncGenerator<string> {
  yield 'from ';
  yield 'chunks';
}

/** A vault where somebody else does something just before each write, so many times. */
function meddled(
  times: number,
  meddle: (driver: BackendDriver) => Promise<unknown>,
  changes: (driver: BackendDriver) => DriverChanges = () => ({}),
): { backend: DriverBackend; other: DriverBackend } {
  const inner = memoryDriver();
  let left = times;
  const first = async (): Promise<void> => {
    if (left-- > 0) await meddle(inner);
  };
  const driver = layer(inner, {
    write: async (path, source, options) => {
      await first();
      return await inner.write(path, source, options);
    },
    append: async (path, source, options) => {
      await first();
      return await inner.append!(path, source, options);
    },
    ...changes(inner),
  });
  return { backend: new DriverBackend(driver), other: new DriverBackend(inner) };
}

test('a file that somebody makes first is added to', async () => {
  const { backend, other } = meddled(1, () =>
    other.create('log', { data: 'first, ' }).catch(() => undefined),
  );
  expect((await backend.update('log', { data: 'second', ...HOW })).size).toBe(13);
  expect(await other.read('log', { binary: false })).toBe('first, second');
});

test('a file that somebody removes first is made', async () => {
  const { backend, other } = meddled(1, () => other.delete('log'));
  await other.create('log', { data: 'old' });
  await backend.update('log', { data: 'new', ...HOW });
  expect(await other.read('log', { binary: false })).toBe('new');
});

test('a source that was not read yet goes on to where the file is by then', async () => {
  const { backend, other } = meddled(1, () => other.create('log', { data: 'first, ' }));
  await backend.update('log', { data: chunks(), ...HOW });
  expect(await other.read('log', { binary: false })).toBe('first, from chunks');
});

test('a source that is used up is BUSY, and nothing is written', async () => {
  const { backend, other } = meddled(
    0,
    async () => undefined,
    (inner) => ({
      write: async (path, source, options) => {
        const bytes: Uint8Array[] = [];
        if (!(source instanceof Uint8Array)) for await (const chunk of source) bytes.push(chunk);
        await other.create('log', { data: 'first' });
        return await inner.write(path, Buffer.concat(bytes), options);
      },
    }),
  );
  await expect(backend.update('log', { data: chunks(), ...HOW })).rejects.toMatchObject({
    code: 'BUSY',
    retryable: true,
    operation: 'update',
  });
  expect(await other.read('log', { binary: false })).toBe('first');
});

test('a file that comes and goes again and again is BUSY in the end', async () => {
  let isThere = true;
  const { backend, other } = meddled(100, async () => {
    if (isThere) await other.delete('log');
    else await other.create('log');
    isThere = !isThere;
  });
  await other.create('log');
  await expect(backend.update('log', { data: 'x', ...HOW })).rejects.toMatchObject({ code: 'BUSY' });
});

test('many that make a file at once all land, also where the driver cannot append', async () => {
  const backend = new DriverBackend(minimalDriver());
  const lines = Array.from({ length: 20 }, (_, i) => `line ${i}\n`);
  await Promise.all(lines.map((data) => backend.update('log', { data, ...HOW })));
  const text = await backend.read('log', { binary: false });
  expect(text.split(/(?<=\n)/).toSorted()).toEqual(lines.toSorted());
});
