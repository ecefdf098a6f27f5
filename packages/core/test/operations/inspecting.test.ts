import { expect, test } from 'vitest';
import { type BackendDriver, DriverBackend, type DriverChanges, layer } from '../../src/driver/index.ts';
import { memoryDriver, sha256 } from '../drivers.ts';

/** A file that somebody writes while it is summed, so many times. */
async function changing(times: number): Promise<DriverBackend> {
  const inner = memoryDriver();
  const writer = new DriverBackend(inner);
  await writer.create('note', { data: 'version 0' });
  let written = 0;
  return new DriverBackend(
    layer(inner, {
      async *read(path, options) {
        yield* inner.read(path, options);
        if (written < times)
          await writer.update('note', { data: `version ${++written}${'.'.repeat(written)}` });
      },
    }),
  );
}

const withoutEtags = (driver: BackendDriver): DriverChanges => ({
  stat: async (path, options) => (await driver.stat(path, options))?.with({ etag: undefined }),
});

test.each([
  ['etags', () => ({})],
  ['sizes and dates, where there are no etags,', withoutEtags],
])('info tells size and checksum of one version, by %s while others write', async (_, changes) => {
  const inner = await changing(3);
  const backend = new DriverBackend(layer(inner.driver, changes(inner.driver)));
  const info = await backend.info('note', { checksum: 'sha256' });
  const bytes = await backend.read('note');
  expect(info).toMatchObject({ size: bytes.length, checksum: sha256(bytes) });
});

test('info of a file that is written again and again is BUSY in the end', async () => {
  const backend = await changing(Number.POSITIVE_INFINITY);
  await expect(backend.info('note', { checksum: 'sha256' })).rejects.toMatchObject({
    code: 'BUSY',
    path: 'note',
    operation: 'info',
    retryable: true,
  });
});
