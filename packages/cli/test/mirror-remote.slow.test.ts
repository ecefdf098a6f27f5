import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { EXIT } from '../src/index.ts';
import { Workplace } from './support/command.ts';
import { git } from './support/repository.ts';
import { SharedNotes } from './support/shared-notes.ts';
import { type Ended, Spawned } from './support/spawned.ts';

describe('a mirror of a vault with a remote', () => {
  test('is never stale in silence: it asks the remote once, however many files there are', async () => {
    await using notes = await SharedNotes.create();
    const { place } = notes;
    for (let i = 0; i < 30; i++) await place.write(`theirs/many/${i}.md`, `${i}`);
    await notes.theyPush();
    const before = notes.requests;
    expect((await place.ok(['mirror', 'notes:', 'copy'])).stdout).toMatch(
      /^31 copied.*; notes: at [\da-f]{10}\n$/,
    );
    // Two to learn of the commits and to fetch them, whatever git asks besides.
    expect(notes.requests - before).toBeLessThan(6);
    await notes.theyWrite('b.md', 'B');
    expect((await place.ok(['mirror', 'notes:', 'copy'])).stdout).toMatch(/^1 copied, .* 31 unchanged/);
    expect((await place.ok(['check', 'notes:', 'copy'])).stdout).toMatch(/^in step/);
  });

  test('with --no-pull it takes what is there', async () => {
    await using notes = await SharedNotes.create();
    await notes.place.ok(['mirror', 'notes:', 'copy']);
    await notes.theyWrite('b.md', 'B');
    expect((await notes.place.ok(['mirror', '--no-pull', 'notes:', 'copy'])).stdout).toMatch(/^0 copied/);
  });

  test('offline it does what it can, says so, and ends with 7 unless that is good enough', async () => {
    await using notes = await SharedNotes.create();
    const { place } = notes;
    await place.ok(['mirror', 'notes:', 'copy']);
    await notes.goOffline();
    await place.write('copy/a.md', 'spoilt');
    const { code, stdout, stderr } = await place.f9(['mirror', 'notes:', 'copy']);
    expect(code).toBe(EXIT.tryAgain);
    expect(stdout).toMatch(/^0 copied, 1 updated/);
    expect(stderr).toContain('The remote of notes: could not be asked');
    expect((await place.f9(['mirror', '--offline-ok', 'notes:', 'copy'])).code).toBe(EXIT.ok);
    const { documents } = await place.f9(['mirror', 'notes:', 'copy', '--json']);
    expect(documents).toMatchObject([{ offline: true, unchanged: ['a.md'] }]);
  });

  test('a rewritten remote stops it, and says how to go on', async () => {
    await using notes = await SharedNotes.create();
    const { place } = notes;
    await place.ok(['mirror', 'notes:', 'copy']);
    await notes.theyRewrite('z.md', 'Z');
    const { code, stderr } = await place.f9(['mirror', '--prune', 'notes:', 'copy']);
    expect(code).not.toBe(EXIT.ok);
    expect(stderr).toContain('f9 pull --take-remote');
    expect((await place.ok(['ls', 'copy'])).stdout).toBe('a.md\n');
    const { stdout } = await place.ok(['pull', '--take-remote', 'notes:']);
    expect(stdout).toContain('took the remote as it is');
    await place.ok(['mirror', '--prune', 'notes:', 'copy']);
    expect((await place.ok(['ls', 'copy'])).stdout).toBe('a.md\nz.md\n');
  });

  test('the way back from a rewritten remote names where that is kept which was here alone', async () => {
    await using notes = await SharedNotes.create();
    const { place } = notes;
    await place.ok(['write', 'notes:mine.md', '--text', 'Mine']);
    await notes.theyRewrite('z.md', 'Z');
    expect((await place.f9(['push', 'notes:'])).stderr).toContain('HISTORY_REWRITTEN');
    const { stdout } = await place.ok(['pull', '--take-remote', 'notes:']);
    const kept = /what was here alone is kept as (\S+)\n/.exec(stdout)![1]!;
    expect(git(place.at('clone'), 'show', `${kept}:mine.md`)).toBe('Mine');
    expect((await place.ok(['ls', 'notes:'])).stdout).toBe('a.md\nz.md\n');
  });
});

describe('a check of a vault with a remote', () => {
  test('asks the remote once, and offline ends with 7 unless what was pulled last is good enough', async () => {
    await using notes = await SharedNotes.create();
    const { place } = notes;
    await place.ok(['mirror', 'notes:', 'copy']);
    await notes.theyWrite('b.md', 'B');
    expect((await place.f9(['check', '--no-pull', 'notes:', 'copy'])).code).toBe(EXIT.ok);
    const moved = await place.f9(['check', 'notes:', 'copy']);
    expect(moved).toMatchObject({ code: EXIT.failed, stdout: expect.stringMatching(/^\+ b\.md/) });
    await place.ok(['mirror', 'notes:', 'copy']);
    await notes.goOffline();
    const { code, stderr } = await place.f9(['check', 'notes:', 'copy']);
    expect(code).toBe(EXIT.tryAgain);
    expect(stderr).toMatch(
      /^The remote of notes: could not be asked \(.*\); what it had .* ago was compared$/m,
    );
    const { documents } = await place.ok(['check', '--offline-ok', 'notes:', 'copy', '--json']);
    expect(documents).toMatchObject([{ inStep: true, offline: true, askedAt: expect.any(String) }]);
    await place.write('copy/b.md', 'spoilt');
    expect((await place.f9(['check', '--offline-ok', 'notes:', 'copy'])).code).toBe(EXIT.failed);
  });
});

describe('a copy of all of a vault with a remote', () => {
  test('is never stale in silence either', async () => {
    await using notes = await SharedNotes.create();
    const { place } = notes;
    await place.ok(['pull', 'notes:']);
    await notes.theyWrite('b.md', 'B');
    const { stdout, stderr } = await place.ok(['cp', '-r', '--no-pull', 'notes:', 'old']);
    expect(stdout).toBe('');
    expect(stderr).toMatch(/^notes: at [\da-f]{10}\n$/);
    expect((await place.ok(['ls', 'old'])).stdout).toBe('a.md\n');
    const { documents } = await place.ok(['cp', '-r', 'notes:', 'new', '--json']);
    expect(documents).toMatchObject([{ version: expect.stringMatching(/^[\da-f]{40}$/), offline: false }]);
    expect((await place.ok(['ls', 'new'])).stdout).toBe('a.md\nb.md\n');
    await notes.goOffline();
    const offline = await place.f9(['cp', '-r', 'notes:', 'offline']);
    expect(offline.code).toBe(EXIT.tryAgain);
    expect(offline.stderr).toContain('could not be asked');
    expect(await place.text('offline/b.md')).toBe('B');
    await place.ok(['cp', '-r', '--offline-ok', 'notes:', 'again']);
  });
});

describe('mirror --watch', () => {
  async function watched(place: Workplace, ...options: string[]): Promise<Spawned> {
    const env = { F9_CONFIG: place.configPath };
    return new Spawned(
      ['mirror', 'notes:', 'copy', '--watch', '--interval', '1s', ...options],
      place.path,
      env,
    );
  }

  async function textOf(place: Workplace, path: string): Promise<string | undefined> {
    return await place.text(path).catch(() => undefined);
  }

  async function until(holds: () => Promise<boolean>, { ended }: Spawned): Promise<void> {
    let early: Ended | undefined;
    void ended.then((result) => {
      early = result;
    });
    while (!(await holds())) {
      if (early !== undefined) throw new Error(`It ended with ${early.code}: ${early.stderr}`);
      await sleep(50);
    }
  }

  test('brings over what they push, and a request to end is how it ends', async () => {
    await using notes = await SharedNotes.create();
    const { place } = notes;
    const running = await watched(place);
    await until(async () => (await textOf(place, 'copy/a.md')) === 'A', running);
    await notes.theyWrite('b.md', 'B');
    await until(async () => (await textOf(place, 'copy/b.md')) === 'B', running);
    running.child.kill('SIGTERM');
    const { code, stderr } = await running.ended;
    expect(code).toBe(EXIT.ok);
    expect(stderr).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z {2}mirroring notes: to copy; again every 1 s\n/);
    expect(stderr).toMatch(/Z {2}told to end; what was finished is whole\n$/);
  });

  test('of a folder does not wait until time is up', async () => {
    await using place = await Workplace.create({ 'n/a.md': 'A' });
    const running = new Spawned(['mirror', 'n', 'copy', '--watch', '--interval', '1h'], place.path);
    await until(async () => (await textOf(place, 'copy/a.md')) === 'A', running);
    await place.write('n/b.md', 'B');
    await until(async () => (await textOf(place, 'copy/b.md')) === 'B', running);
    running.child.kill('SIGTERM');
    expect((await running.ended).code).toBe(EXIT.ok);
  });

  test('logs in JSON, each file with -v', async () => {
    await using notes = await SharedNotes.create();
    const running = await watched(notes.place, '-v', '--log-format', 'json');
    // The file is there before it is told.
    let log = '';
    running.child.stderr.on('data', (chunk: Buffer) => {
      log += chunk.toString();
    });
    await until(async () => log.includes('"a.md"'), running);
    running.child.kill('SIGINT');
    const { code, stderr } = await running.ended;
    expect(code).toBe(EXIT.ok);
    const events = stderr
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(events[0]).toMatchObject({ event: 'watching', time: expect.any(String) });
    expect(events).toContainEqual(expect.objectContaining({ event: 'copying', path: 'a.md' }));
    expect(events.at(-1)).toMatchObject({ event: 'ended' });
  });

  test('survives that the network is lost, and stops where history was rewritten', async () => {
    await using notes = await SharedNotes.create();
    const { place } = notes;
    const running = await watched(place);
    let log = '';
    running.child.stderr.on('data', (chunk: Buffer) => {
      log += chunk.toString();
    });
    await until(async () => log.includes('1 change'), running);
    await notes.goOffline();
    await until(async () => log.includes('the remote could not be asked'), running);
    await notes.theyWrite('b.md', 'B');
    await notes.comeBack();
    await until(async () => (await textOf(place, 'copy/b.md')) === 'B', running);
    await notes.theyRewrite('z.md', 'Z');
    const { code, stderr } = await running.ended;
    expect(code).not.toBe(EXIT.ok);
    expect(stderr).toContain('f9 pull --take-remote');
  });
});
