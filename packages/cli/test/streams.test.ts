import { PassThrough, Writable } from 'node:stream';
import { describe, expect, test, vi } from 'vitest';
import { Context } from '../src/context.ts';
import { EXIT } from '../src/index.ts';
import { ProgressReport } from '../src/mirror/progress.ts';
import { run } from '../src/run.ts';
import { ProgressLine } from '../src/terminal/progress-line.ts';
import { formatBytes } from '../src/terminal/text.ts';
import { Workplace } from './support/command.ts';

/** Runs the command with a standard output of the test's own. */
async function runInto(
  stdout: Writable,
  place: Workplace,
  argv: readonly string[],
): Promise<{ code: number; stderr: string }> {
  const stderr = new PassThrough();
  const { signal } = new AbortController();
  const env = { F9_CONFIG: place.configPath };
  const code = await run(argv, { stdin: new PassThrough(), stdout, stderr, env, cwd: place.path, signal });
  return { code, stderr: String(stderr.read() ?? '') };
}

describe('standard output', () => {
  test('is waited for while its reader is slow', async () => {
    await using place = await Workplace.create({ a: 'x'.repeat(1_000_000) });
    let bytes = 0;
    let buffered = 0;
    const slow: Writable = new Writable({
      highWaterMark: 1000,
      write(chunk: Buffer, _, done) {
        bytes += chunk.length;
        buffered = Math.max(buffered, slow.writableLength);
        setImmediate(done);
      },
    });
    expect(await runInto(slow, place, ['cat', 'a'])).toEqual({ code: EXIT.ok, stderr: '' });
    expect(bytes).toBe(1_000_000);
    expect(buffered).toBeLessThan(200_000);
  });

  test('that nobody reads any more ends the run in silence', async () => {
    await using place = await Workplace.create({ a: 'x'.repeat(1_000_000) });
    const closed = new Writable({
      write: (_chunk, _encoding, done) => done(Object.assign(new Error('gone'), { code: 'EPIPE' })),
    });
    expect(await runInto(closed, place, ['cat', 'a', 'a'])).toEqual({ code: EXIT.brokenPipe, stderr: '' });
  });

  test('that cannot be written is told', async () => {
    await using place = await Workplace.create({ a: 'x'.repeat(1_000_000) });
    const full = new Writable({
      write: (_chunk, _encoding, done) => done(Object.assign(new Error('full'), { code: 'ENOSPC' })),
    });
    const { code, stderr } = await runInto(full, place, ['cat', 'a', 'a']);
    expect(code).toBe(EXIT.failed);
    expect(stderr).toContain('standard output cannot be written (ENOSPC)');
  });
});

describe('the progress line', () => {
  const terminal = (columns: number): PassThrough & { isTTY: boolean; columns: number } =>
    Object.assign(new PassThrough(), { isTTY: true, columns });

  test('fits into the terminal and is drawn over itself', () => {
    const stream = terminal(10);
    {
      using line = new ProgressLine(stream);
      line.show(() => 'a line that is too long');
    }
    expect(String(stream.read())).toBe('\r\u001b[Ka line t…\r\u001b[K');
  });

  test('is not drawn more often than anybody can see, and asks for no text it does not draw', () => {
    const stream = terminal(80);
    let asked = 0;
    using line = new ProgressLine(stream);
    for (let i = 0; i < 1000; i++) {
      line.show(() => {
        asked++;
        return 'x';
      });
    }
    expect(asked).toBeLessThan(100);
  });

  test('is silent where it was never drawn', () => {
    const stream = new PassThrough();
    {
      using line = new ProgressLine(stream);
      line.show(() => 'x');
    }
    expect(stream.read()).toBe(null);
  });
});

test('where no terminal draws a line over itself, a long mirror tells every ten seconds how far it is', async () => {
  await using place = await Workplace.create();
  const said = new PassThrough();
  const io = {
    stdin: new PassThrough(),
    stdout: new PassThrough(),
    stderr: said,
    env: {},
    cwd: place.path,
    signal: new AbortController().signal,
  };
  await using context = new Context('mirror', io, place.configPath, {});
  vi.useFakeTimers({ toFake: ['performance'] });
  try {
    const report = new ProgressReport(context, undefined);
    for (let done = 1; done <= 25; done++) {
      vi.advanceTimersByTime(1000);
      const path = `${done}.md`;
      report.show({ phase: 'copying', path, done, total: 300, bytes: done * 1000, bytesPerSecond: 1000 });
    }
  } finally {
    vi.useRealTimers();
  }
  expect(String(said.read())).toBe(
    'copying  11/300 files  11.0 kB  1.0 kB/s  11.md\ncopying  22/300 files  22.0 kB  1.0 kB/s  22.md\n',
  );
});

test('sizes are written for people', () => {
  const sizes = [0, 999, 1000, 999_949, 999_950, 1_234_567, 5e9, 2e18];
  expect(sizes.map(formatBytes)).toEqual([
    '0 B',
    '999 B',
    '1.0 kB',
    '999.9 kB',
    '1.0 MB',
    '1.2 MB',
    '5.0 GB',
    '2000.0 PB',
  ]);
});
