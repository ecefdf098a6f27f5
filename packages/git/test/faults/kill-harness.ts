import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { GitSyncFileBackend } from '../../src/index.ts';
import { filesAt, git, makeFolder, makeRemote } from '../repository.ts';
import { contentsOf } from '../vaults.ts';
import type { KillHow, Step } from './kill-switch.ts';
import { BASE, type Scenario } from './scenarios.ts';

const CHILD = fileURLToPath(new URL('child.ts', import.meta.url));
const KILL_SWITCH = new URL('kill-switch.ts', import.meta.url).href;

/** One kill: before step `at`, or around the process that it starts. */
interface Kill {
  readonly at: number;
  readonly how: KillHow;
}

export interface KillReport {
  /** Steps that the job takes. */
  readonly steps: number;
  /** Steps that were to be killed at, and steps that were. */
  readonly wanted: number;
  readonly injected: number;
  /** Times that the job was killed. */
  readonly kills: number;
  /** Where something was torn, lost, half done or taken for somebody else's edit, and how. */
  readonly breaches: readonly string[];
}

/** Shares of the time a process takes after which it is killed together with the job. */
const MOMENTS = [0.25, 0.5, 0.75];

/**
 * Runs a job, finds its steps, and runs it again for every kill that `select` picks, each time from the same start; then opens the
 * vault again and looks for breaches.
 */
export async function killEverywhere(
  scenario: Scenario,
  select: (kills: readonly Kill[]) => readonly Kill[],
): Promise<KillReport> {
  const folder = makeFolder();
  try {
    const place = new Place(folder);
    await place.prepare(scenario);
    const { steps } = await place.run(scenario, undefined);
    assert.ok(steps !== undefined && steps.length > 0, 'The job takes no steps');
    const selected = select(
      steps.flatMap(({ duration }, index): Kill[] => {
        const together = duration === undefined ? [] : MOMENTS.map((share) => Math.ceil(duration * share));
        const around = duration === undefined ? [] : ['orphan' as const, ...together];
        return ['before' as const, ...around].map((how) => ({ at: index + 1, how }));
      }),
    );
    const injected = new Set<number>();
    let kills = 0;
    const breaches: string[] = [];
    for (const kill of selected) {
      place.reset();
      try {
        const { wasKilled, done } = await place.run(scenario, kill);
        if (wasKilled) {
          kills++;
          injected.add(kill.at);
        }
        await place.check(scenario, done);
      } catch (error) {
        const how = typeof kill.how === 'number' ? `${kill.how} ms into` : kill.how;
        breaches.push(
          `killed ${how} step ${kill.at}, ${steps[kill.at - 1]?.name}: ${(error as Error).stack}`,
        );
      }
    }
    const wanted = new Set(selected.map(({ at }) => at)).size;
    return { steps: steps.length, wanted, injected: injected.size, kills, breaches };
  } finally {
    fs.rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** A remote and a clone, always at the same place, and a copy of how they were. */
class Place {
  readonly #work: string;
  readonly #copy: string;

  constructor(folder: string) {
    this.#work = join(folder, 'work');
    this.#copy = join(folder, 'copy');
  }

  get #remote(): string {
    return join(this.#work, 'remote.git');
  }

  get #clone(): string {
    return join(this.#work, 'ours');
  }

  #open(path = this.#clone): Promise<GitSyncFileBackend> {
    return GitSyncFileBackend.open({ remoteUrl: this.#remote, path });
  }

  async prepare(scenario: Scenario): Promise<void> {
    fs.mkdirSync(this.#work);
    makeRemote(this.#work);
    const ours = await this.#open();
    for (const [path, data] of Object.entries(BASE)) await ours.create(path, { data });
    await ours.push();
    const theirs = await this.#open(join(this.#work, 'theirs'));
    await scenario.prepare(ours, theirs);
    for (const vault of [ours, theirs]) await vault[Symbol.asyncDispose]();
    fs.rmSync(join(this.#work, 'theirs'), { recursive: true });
    if (scenario.begins === 'without a clone') fs.rmSync(this.#clone, { recursive: true });
    scenario.leave?.(this.#clone, (...args) => git(this.#clone, ...args));
    fs.cpSync(this.#work, this.#copy, { recursive: true, preserveTimestamps: true });
  }

  reset(): void {
    fs.rmSync(this.#work, { recursive: true, maxRetries: 5 });
    fs.cpSync(this.#copy, this.#work, { recursive: true, preserveTimestamps: true });
  }

  async run(
    { name }: Scenario,
    kill: Kill | undefined,
  ): Promise<{ wasKilled: boolean; done: string[]; steps: readonly Step[] | undefined }> {
    const child = spawn(
      process.execPath,
      ['--conditions=@f9/source', `--import=${KILL_SWITCH}`, CHILD, name, this.#remote, this.#clone],
      {
        env: {
          ...process.env,
          ...(kill === undefined ? {} : { F9_KILL_AT: `${kill.at}`, F9_KILL_HOW: JSON.stringify(kill.how) }),
        },
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    let printed = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      printed += text;
    });
    // Not `close`: a process that the killed one left running may hold the pipe.
    const [code, signal] = await once(child, 'exit');
    if (signal === null) assert.equal(code, 0, `The job failed by itself: ${printed}`);
    const lines = printed.split('\n');
    const steps = lines.find((line) => line.startsWith('steps '))?.slice(6);
    return {
      wasKilled: signal === 'SIGKILL',
      done: lines.filter((line) => line.startsWith('done ')).map((line) => line.slice(5)),
      steps: steps === undefined ? undefined : (JSON.parse(steps) as Step[]),
    };
  }

  async check(scenario: Scenario, done: readonly string[]): Promise<void> {
    const { allowed, promised = {}, final, publishesNothing = false } = scenario;
    const published = git(join(this.#copy, 'remote.git'), 'rev-parse', 'main');
    await using vault = await this.#open();
    const found = await contentsOf(vault);
    for (const path of Object.keys({ ...found, ...allowed })) {
      assert.ok(
        (allowed[path] ?? []).includes(found[path]),
        `${path} holds ${JSON.stringify(found[path])?.slice(0, 80)}`,
      );
    }
    for (const name of done) {
      for (const [path, text] of Object.entries(promised[name] ?? {})) {
        assert.equal(found[path], text, `${path} after ${name} was acknowledged`);
      }
    }
    await (scenario.finish?.(vault) ?? vault.sync());
    const settled = await contentsOf(vault);
    if (final !== undefined) assert.deepEqual(settled, final, 'What the vault holds in the end');
    assert.deepEqual(filesAt(this.#remote), settled, 'The remote holds the same');
    if (publishesNothing)
      assert.equal(git(this.#remote, 'rev-parse', 'main'), published, 'Nothing was published');
    assert.equal(git(this.#clone, 'status', '--porcelain'), '', 'Nothing is left to commit');
    for (const repository of [this.#remote, this.#clone]) git(repository, 'fsck', '--strict');
    assert.match(git(this.#clone, 'count-objects', '-v'), /^garbage: 0$/m);
    await vault[Symbol.asyncDispose]();
    assert.deepEqual(this.#leftovers(), [], 'Nothing is left behind');
  }

  #leftovers(): string[] {
    const beside = fs.readdirSync(this.#work).filter((name) => name !== 'remote.git' && name !== 'ours');
    const inside = fs
      .readdirSync(join(this.#clone, '.git', 'f9'))
      .filter((name) => !['origin', 'dirty', 'fetched', 'dates'].includes(name));
    const locks = fs
      .readdirSync(join(this.#clone, '.git'), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.lock') || /objects\/.*(tmp_|\.tmp-)/.test(name));
    return [...beside, ...inside, ...locks];
  }
}
