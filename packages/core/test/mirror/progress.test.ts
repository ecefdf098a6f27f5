import { describe, expect, test } from 'vitest';
import { type MirrorPhase, mirror } from '../../src/index.ts';
import { changed, vault } from './vaults.ts';

const GONE = 'the source does not have it';

describe('progress', () => {
  test('tells the phase, the files and the bytes, and ends with done', async () => {
    const source = await vault({ a: 'aaaa', b: 'bb' });
    const seen: MirrorPhase[] = [];
    let last = { phase: 'listing' as MirrorPhase, bytes: 0 };
    const copied: string[] = [];
    await mirror(source, await vault({ old: 'x' }), {
      prune: true,
      onProgress: (progress) => {
        if (seen.at(-1) !== progress.phase) seen.push(progress.phase);
        if (progress.phase === 'copying' && progress.path !== undefined) {
          copied.push(progress.path);
          expect(progress.total).toBe(2);
          expect(progress.done).toBe(copied.length);
          expect(progress.reason).toBe('the target does not have it');
        } else
          expect(progress.reason).toBe(progress.phase === 'deleting' && progress.path ? GONE : undefined);
        last = progress;
      },
    });
    expect(seen).toEqual(['listing', 'comparing', 'moving', 'copying', 'deleting', 'done']);
    expect(copied.sort()).toEqual(['a', 'b']);
    expect(last).toMatchObject({ phase: 'done', bytes: 6 });
  });

  test('concurrency bounds the files in work', async () => {
    let running = 0;
    let most = 0;
    const target = changed(await vault({}), (driver) => ({
      write: async (path, content, options) => {
        most = Math.max(most, ++running);
        await new Promise((resolve) => setImmediate(resolve));
        const info = await driver.write(path, content, options);
        running--;
        return info;
      },
    }));
    const source = await vault(Object.fromEntries(Array.from({ length: 12 }, (_, i) => [`f${i}`, 'x'])));
    await mirror(source, target, { concurrency: 3 });
    expect(most).toBe(3);
    await expect(mirror(source, target, { concurrency: 0 })).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
    });
  });
});
