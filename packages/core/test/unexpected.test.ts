import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { DriverBackend } from '../src/driver/index.ts';
import { onUnexpected, type UnexpectedContext } from '../src/index.ts';
import { memoryDriver, mistaken } from './drivers.ts';

const SECRET = new TypeError('no /home/ada/.ssh/id_rsa with password hunter2');

function failing(error: unknown): DriverBackend {
  return new DriverBackend(
    memoryDriver({
      stat: async () => {
        throw error;
      },
    }),
  );
}

test('an error that nobody foresaw goes to who listens as it was thrown, and to the caller without what it says', async () => {
  const told: [unknown, UnexpectedContext][] = [];
  const stop = onUnexpected((error, context) => void told.push([error, context]));
  const stopFailing = onUnexpected(() => {
    throw new Error('a listener that fails');
  });
  const error = await failing(SECRET)
    .info('a.md')
    .catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: 'UNKNOWN', cause: { name: 'TypeError' } });
  expect(JSON.stringify(error) + String(error) + JSON.stringify((error as Error).cause)).not.toMatch(
    /hunter2|ada/,
  );
  expect(told).toEqual([[SECRET, { operation: 'info', path: 'a.md' }]]);
  stop();
  stopFailing();
  await failing(SECRET)
    .info('a.md')
    .catch(() => undefined);
  expect(told).toHaveLength(1);
});

test('an abort, an error of the caller and one that has a code are not unexpected', async () => {
  const told: unknown[] = [];
  const stop = onUnexpected((error) => void told.push(error));
  const controller = new AbortController();
  controller.abort(new Error('mine'));
  await expect(failing(SECRET).info('a', { signal: controller.signal })).rejects.toThrow('mine');
  const vault = new DriverBackend(memoryDriver());
  async function* source(): AsyncGenerator<string> {
    yield 'a';
    throw new Error('also mine');
  }
  await expect(vault.create('a', { data: source() })).rejects.toThrow('also mine');
  await expect(vault.read('missing')).rejects.toMatchObject({ code: 'NOT_FOUND' });
  stop();
  expect(told).toEqual([]);
});

test.skipIf(!process.features.typescript).each([
  ['f9', true],
  ['http', false],
])('with NODE_DEBUG=%s stderr tells it: %s (needs Node 24)', (debug, tells) => {
  const program = `
    import { DriverBackend } from '@f9/core/driver';
    import { MemoryFileBackend } from '@f9/core';
    const { driver } = new MemoryFileBackend();
    driver.stat = async () => { throw new Error('what really happened'); };
    await new DriverBackend(driver).exists('a.md').catch(() => undefined);`;
  const { stderr } = spawnSync(
    process.execPath,
    ['--conditions=@f9/source', '--input-type=module', '-e', program],
    {
      encoding: 'utf8',
      cwd: new URL('..', import.meta.url),
      env: { ...process.env, NODE_DEBUG: debug },
    },
  );
  expect(stderr.includes('what really happened')).toBe(tells);
});

test('only a function can listen', () => {
  expect(() => onUnexpected(mistaken('console.error'))).toThrow(
    expect.objectContaining({ code: 'INVALID_ARGUMENT' }),
  );
});
