// What a mirror that runs for days meets, each as processes.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { isLong } from '../../../scripts/test/daily.ts';
import { EXIT } from '../src/index.ts';
import { Workplace } from './support/command.ts';
import { SharedNotes } from './support/shared-notes.ts';
import { F9, Spawned } from './support/spawned.ts';

/** A mirror that watches, and what it said so far. */
class Watcher {
  readonly process: Spawned;
  log = '';

  constructor(place: Workplace, ...options: string[]) {
    const argv = ['mirror', 'notes:', 'copy', '--prune', '--watch', '--interval', '1s', ...options];
    this.process = new Spawned(argv, place.path, { F9_CONFIG: place.configPath });
    this.process.child.stderr.on('data', (chunk: Buffer) => {
      this.log += chunk.toString();
    });
  }

  /** @throws what it said when it ended before */
  async until(holds: () => boolean | Promise<boolean>): Promise<void> {
    while (!(await holds())) {
      const { exitCode, signalCode } = this.process.child;
      if (exitCode !== null || signalCode !== null) throw new Error(`It ended: ${this.log}`);
      await sleep(50);
    }
  }

  async end(): Promise<void> {
    this.process.child.kill('SIGTERM');
    expect((await this.process.ended).code, this.log).toBe(EXIT.ok);
  }
}

describe('mirror --watch (needs git)', { timeout: isLong ? 900_000 : 120_000 }, () => {
  test('of two at once, and one that is killed in between, corrupts nothing', async () => {
    await using notes = await SharedNotes.create();
    const { place } = notes;
    const rounds = isLong ? 12 : 3;
    let [first, second] = [new Watcher(place), new Watcher(place)];
    for (let round = 0; round < rounds; round++) {
      for (let i = 0; i < 20; i++)
        await place.write(`theirs/${round}/${i}.md`, `${round} ${i} `.repeat(1000));
      await notes.theyPush();
      await first.until(async () => (await place.text(`copy/${round}/19.md`).catch(() => '')) !== '');
      first.process.child.kill('SIGKILL');
      await first.process.ended;
      [first, second] = [second, new Watcher(place)];
    }
    const isThere = async (): Promise<boolean> =>
      (await place.f9(['check', 'notes:', 'copy'])).code === EXIT.ok;
    await first.until(isThere);
    await first.end();
    await second.end();
    expect((await place.ok(['check', 'notes:', 'copy', '-c', 'checksum'])).stdout).toMatch(
      new RegExp(`^in step: 0 missing, 0 differing, 0 extra, ${rounds * 20 + 1} same`),
    );
  });

  const canMount =
    spawnSync('unshare', ['--mount', 'mount', '-t', 'tmpfs', '-o', 'size=64k', 'none', '/mnt']).status === 0;

  test.skipIf(!canMount)(
    'goes on when the disk is full, and again when there is room (needs unshare)',
    async () => {
      await using place = await Workplace.create({
        'n/a.md': 'A',
        'n/large.bin': 'x'.repeat(3_000_000),
        'copy/x': '',
      });
      const script = `mount -t tmpfs -o size=1m none copy && exec "$@"`;
      const argv = [
        ...F9,
        'mirror',
        'n',
        'copy',
        '--prune',
        '--watch',
        '--interval',
        '1s',
        '--log-format',
        'json',
      ];
      const child = spawn('unshare', ['--mount', 'sh', '-c', script, 'sh', process.execPath, ...argv], {
        cwd: place.path,
        env: { PATH: process.env.PATH, HOME: place.path, F9_CONFIG: place.configPath },
      });
      let log = '';
      child.stderr.on('data', (chunk: Buffer) => {
        log += chunk.toString();
      });
      const events = (): Record<string, unknown>[] =>
        log
          .split('\n')
          .slice(0, -1)
          .map((line) => JSON.parse(line) as Record<string, unknown>);
      await expect.poll(() => events().some(({ event }) => event === 'mirrored')).toBe(true);
      expect(events().find(({ event }) => event === 'file failed')).toMatchObject({
        path: 'large.bin',
        code: 'NO_SPACE',
      });
      // What had room is there.
      expect(events().find(({ event }) => event === 'mirrored')).toMatchObject({ copied: 1, failed: 1 });
      await place.write('n/large.bin', 'small');
      await expect.poll(() => events().at(-1)).toMatchObject({ event: 'mirrored', failed: 0 });
      child.kill('SIGTERM');
      expect(await once(child, 'close')).toEqual([EXIT.ok, null]);
    },
  );

  if (isLong)
    test.skipIf(process.platform !== 'linux')(
      'does not grow in 200 runs, with changes, failures and a remote that comes and goes (needs Linux)',
      { timeout: 1_800_000 },
      async () => {
        await using notes = await SharedNotes.create();
        const { place } = notes;
        const watcher = new Watcher(place, '-v');
        const memory = async (): Promise<number> => {
          const status = await readFile(`/proc/${watcher.process.child.pid}/status`, 'utf8');
          return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)![1]) / 1024;
        };
        const runs = (): number => watcher.log.match(/ changes? at /g)?.length ?? 0;
        const samples: number[] = [];
        for (let i = 0; i < 20; i++) {
          if (i % 10 === 5) {
            await notes.goOffline();
            await sleep(3000);
            await notes.comeBack();
          }
          await notes.theyWrite(`${i % 7}.md`, `${i}`.repeat(10_000));
          const before = runs();
          await watcher.until(() => runs() >= before + 10);
          samples.push(await memory());
        }
        await watcher.end();
        const early = Math.max(...samples.slice(3, 8));
        expect(Math.max(...samples.slice(-5)), `MiB: ${samples.map(Math.round).join(' ')}`).toBeLessThan(
          early + 16,
        );
      },
    );
});
