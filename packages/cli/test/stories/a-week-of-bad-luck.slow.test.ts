// A mirror that a scheduler starts once a day, through a week in which all goes wrong that does: it is never stale in silence, and
// never deletes what it should not.
import { readdir } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { type OpenAIServer, startServer } from '@f9/openai-server';
import { describe, expect, test } from 'vitest';
import { EXIT } from '../../src/index.ts';
import { SharedNotes } from '../support/shared-notes.ts';
import { type Printed, Shell } from '../support/shell.ts';
import { createStore } from '../support/store.ts';

/** What stands in the crontab. */
const JOB = 'f9 mirror notes: index: --prune --max-delete 30% --backup-dir ./replaced';

const NOTES = Array.from({ length: 12 }, (_, i) => `plants/${i}.md`);

class Week implements AsyncDisposable {
  readonly notes: SharedNotes;
  readonly #shell: Shell;
  readonly #server: OpenAIServer;
  /** Of the one who may read the repository. */
  readonly #users: Record<string, string>;
  #token = 'monday-token';

  private constructor(notes: SharedNotes, shell: Shell, server: OpenAIServer, users: Record<string, string>) {
    this.notes = notes;
    this.#shell = shell;
    this.#server = server;
    this.#users = users;
  }

  static async begin(): Promise<Week> {
    const server = await startServer({ unkind: false });
    const users = { git: 'monday-token' };
    const notes = await SharedNotes.create(users);
    for (const path of NOTES) await notes.place.write(`theirs/${path}`, `About the plant of ${path}\n`);
    await notes.theyPush();
    await notes.place.ok(['vaults', 'add', 'index', await createStore(server)]);
    return new Week(notes, await Shell.in(notes.place), server, users);
  }

  /** Runs what the scheduler runs each day. */
  async job(): Promise<Printed> {
    return await this.types(JOB);
  }

  /** Runs what a person types who has read the mail of the scheduler. */
  async types(line: string): Promise<Printed> {
    return await this.#shell.run(line, { F9_GIT_PASSWORD: this.#token, F9_GIT_CREDENTIALS: 'none' });
  }

  /** What is in the index, and what of each. */
  async index(): Promise<Record<string, string>> {
    const { place } = this.notes;
    await place.ok(['mirror', 'index:', 'seen', '--prune']);
    const entries = await readdir(place.at('seen'), { recursive: true, withFileTypes: true });
    const files = entries
      .filter((entry) => entry.isFile() && !entry.parentPath.includes('.f9'))
      .map(({ parentPath, name }) => relative(place.at('seen'), join(parentPath, name)))
      .toSorted();
    const contents = files.map(async (path) => [path, await place.text(`seen/${path}`)]);
    return Object.fromEntries(await Promise.all(contents)) as Record<string, string>;
  }

  tokenExpires(): void {
    this.#users.git = 'nobody-knows';
  }

  newToken(): void {
    this.#token = 'saturday-token';
    this.#users.git = this.#token;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.notes[Symbol.asyncDispose]();
    await this.#server[Symbol.asyncDispose]();
  }
}

describe('a mirror that runs once a day (needs bash, git)', () => {
  test('says each day how it stands, and loses nothing', async () => {
    await using week = await Week.begin();
    const { notes } = week;

    // Monday: the first run, and the remote moves on.
    const first = await week.job();
    expect(first, first.stderr).toMatchObject({ code: EXIT.ok });
    expect(first.stdout).toMatch(/^13 copied, .*; notes: at [\da-f]{10}\n$/);
    await notes.theyWrite('a.md', 'Tomatoes need water each morning.\n');
    const moved = await week.job();
    expect(moved.stdout).toMatch(/^0 copied, 1 updated, .* 12 unchanged, 0 failed/);
    expect(moved.stdout).not.toBe(first.stdout);
    expect(await notes.place.text('replaced/a.md')).toBe('A');
    const monday = await week.index();
    expect(monday['a.md']).toContain('Tomatoes');

    // Tuesday: no network. What is there stays there, the mail says how old it is, and the scheduler sees a failure.
    await notes.goOffline();
    const tuesday = await week.job();
    expect(tuesday.code).toBe(EXIT.tryAgain);
    expect(tuesday.stderr).toMatch(
      /^The remote of notes: could not be asked \(.*\); what it had \d+ (?:seconds?|minutes?) ago was mirrored\n$/,
    );
    const { code, stdout } = await week.types(`${JOB} --json`);
    expect(code).toBe(EXIT.tryAgain);
    expect(JSON.parse(stdout)).toMatchObject({ offline: true, askedAt: expect.any(String) });
    expect(await week.index()).toEqual(monday);

    // Wednesday: it is back, and two days of work come over.
    await notes.place.write('theirs/b.md', 'Beans\n');
    await notes.theyPush();
    await notes.comeBack();
    expect(await week.job()).toMatchObject({ code: EXIT.ok, stdout: expect.stringMatching(/^1 copied, /) });
    const wednesday = await week.index();

    // Thursday: somebody deletes nearly all, by mistake or not. Nothing is done at all, not even what would be harmless.
    await notes.place.write('theirs/c.md', 'Carrots\n');
    await notes.theyDelete(...NOTES.slice(0, 9));
    const thursday = await week.job();
    expect(thursday.code).not.toBe(EXIT.ok);
    expect(thursday.stderr).toContain('--max-delete');
    expect(await week.index()).toEqual(wednesday);
    expect((await week.types('f9 check notes: index:')).code).toBe(EXIT.failed);
    // It was meant: a person says so once, and what goes is kept.
    expect((await week.types(JOB.replace('30%', '9'))).code).toBe(EXIT.ok);
    for (const path of NOTES.slice(0, 9))
      expect(await notes.place.text(`replaced/${path}`)).toBe(wednesday[path]);
    const pruned = await week.index();
    expect(Object.keys(pruned)).toEqual([
      'a.md',
      'b.md',
      'c.md',
      'plants/10.md',
      'plants/11.md',
      'plants/9.md',
    ]);

    // Friday: history is rewritten. Neither the old tree nor the new one is mirrored until somebody decides.
    await notes.theyRewrite('d.md', 'Dill\n');
    const friday = await week.job();
    expect(friday.code).not.toBe(EXIT.ok);
    expect(friday.stderr).toContain('f9 pull --take-remote');
    expect(await week.index()).toEqual(pruned);
    const taken = await week.types('f9 pull --take-remote notes:');
    expect(taken, taken.stderr).toMatchObject({ code: EXIT.ok });
    expect(await week.job()).toMatchObject({ code: EXIT.ok, stdout: expect.stringMatching(/^1 copied, /) });

    // Saturday: the token has expired.
    await notes.theyWrite('e.md', 'Eggplants\n');
    week.tokenExpires();
    const saturday = await week.job();
    expect(saturday.code).toBe(EXIT.denied);
    expect(saturday.stderr).toContain('F9_GIT_PASSWORD');
    expect(saturday.stderr).not.toContain('monday-token');
    expect(Object.keys(await week.index())).not.toContain('e.md');
    week.newToken();
    expect(await week.job()).toMatchObject({ code: EXIT.ok, stdout: expect.stringMatching(/^1 copied, /) });

    // Sunday: all is as it should be, and can be found.
    expect((await week.types('f9 check notes: index:')).stdout).toMatch(/^in step/);
    expect((await week.types('f9 search eggplants index: -n 1')).stdout).toContain('index:e.md');
  });
});
