import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import { join } from 'node:path';
import type { RacerJob, RacerOptions, RacerResult } from './children/racer.ts';
import type { Report } from './report.ts';
import { leftInState } from './verdict.ts';
import { isWhole, newVersion } from './versions.ts';
import type { Workplace } from './workplace.ts';

export interface CrowdOptions {
  /** How many processes at a time. */
  readonly processes: readonly number[];
  /** Files that all of them create. */
  readonly creations: number;
  /** How long they replace and read one file. */
  readonly milliseconds: number;
}

/** Lets processes create, replace, read and append to one file at the same time. */
export async function proveProcesses(
  workplace: Workplace,
  report: Report,
  options: CrowdOptions,
): Promise<void> {
  report.section('Several processes on one file');
  const row = report.table('processes', 'created', 'replaced', 'read', 'appended', 'torn', 'breaches');
  const race = async (name: string, count: number, naively: boolean): Promise<Crowd> => {
    await using crowd = await Crowd.gather(workplace, count, naively);
    const created = await crowd.createOnce(options.creations);
    const { replaced, read } = await crowd.replaceAndRead(options.milliseconds);
    const appended = await crowd.append(APPENDS, options.milliseconds / 4);
    crowd.lookForLeftovers();
    row(name, created, replaced, read, appended, crowd.torn, crowd.breaches.length);
    return crowd;
  };
  const control = await race('control: writeFile, 4 processes', 4, true);
  if (control.torn === 0 || control.breaches.length < 2)
    report.breach('the control was not caught, so nothing here would be');
  for (const count of options.processes) {
    const { breaches } = await race(`${count}`, count, false);
    report.breachAll(breaches.map((text) => `${count} processes: ${text}`));
  }
}

const APPENDS = 100;

interface Member {
  readonly child: ChildProcess;
  /** Rejects when it ends. */
  readonly ended: Promise<never>;
}

class Crowd implements AsyncDisposable {
  readonly #root: string;
  readonly breaches: string[] = [];
  torn = 0;
  readonly #members: Member[] = [];
  #isOver = false;

  private constructor(root: string) {
    this.#root = root;
  }

  static async gather(workplace: Workplace, count: number, naively: boolean): Promise<Crowd> {
    const crowd = new Crowd(join(workplace.newFolder(), 'vault'));
    for (let i = 0; i < count; i++) {
      const options: RacerOptions = { root: crowd.#root, io: i % 2 === 0 ? 'auto' : 'async', naively };
      const { args, env } = workplace.command('racer', options);
      const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
      crowd.#members.push({ child, ended: crowd.#endOf(child) });
    }
    await Promise.all(crowd.#members.map((member) => crowd.#answerOf(member)));
    return crowd;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isOver = true;
    for (const { child } of this.#members) child.kill('SIGKILL');
    await Promise.all(this.#members.map(({ ended }) => ended.catch(() => undefined)));
  }

  lookForLeftovers(): void {
    const left = leftInState(this.#root);
    if (left.length > 0) this.breaches.push(`left over: ${left}`);
  }

  /** All try to create each file, and one is to win. */
  async createOnce(files: number): Promise<number> {
    let created = 0;
    for (let n = 0; n < files; n++) {
      const path = `created-${n}`;
      const results = await Promise.all(
        this.#members.map((member) => this.#tell(member, { do: 'create', path })),
      );
      const winners = results.filter(({ done }) => done === 1);
      created += winners.length;
      if (winners.length !== 1) this.breaches.push(`${winners.length} processes created ${path}`);
      else if (winners[0]!.version !== this.#content(path))
        this.breaches.push(`${path} is not what its creator wrote`);
    }
    return created;
  }

  /** Half of them replace a file, and the others read it. */
  async replaceAndRead(milliseconds: number): Promise<{ replaced: number; read: number }> {
    const path = 'replaced';
    fs.writeFileSync(join(this.#root, path), newVersion());
    const results = await Promise.all(
      this.#members.map((member, i) =>
        this.#tell(member, { do: i % 2 === 0 ? 'replace' : 'read', path, milliseconds }),
      ),
    );
    if (!isWhole(this.#content(path))) this.breaches.push('what was replaced is torn in the end');
    const sum = (parity: number): number =>
      results.reduce((sum, { done }, i) => sum + (i % 2 === parity ? done : 0), 0);
    return { replaced: sum(0), read: sum(1) };
  }

  /** Two of three add many lines, by appending and by replacing what they read, and the others read. */
  async append(lines: number, milliseconds: number): Promise<number> {
    const path = 'appended';
    fs.writeFileSync(join(this.#root, path), '');
    const results = await Promise.all(
      this.#members.map((member, i) => {
        const name = `member${i}`;
        if (i % 3 === 2) return this.#tell(member, { do: 'readLines', path, milliseconds });
        return this.#tell(
          member,
          i % 3 === 0 ? { do: 'append', path, name, lines } : { do: 'addIfUnchanged', path, name, lines },
        );
      }),
    );
    const expected = results.reduce((sum, { done }, i) => sum + (i % 3 === 2 ? 0 : done), 0);
    const landed = this.#content(path).split('\n').slice(0, -1);
    if (landed.length !== expected || new Set(landed).size !== expected) {
      this.breaches.push(
        `${landed.length} lines, ${new Set(landed).size} of them different, where ${expected} were acknowledged`,
      );
    }
    return landed.length;
  }

  async #tell(member: Member, job: RacerJob): Promise<RacerResult> {
    member.child.send(job);
    const result = (await this.#answerOf(member)) as RacerResult;
    this.torn += result.torn;
    if (result.torn > 0)
      this.breaches.push(`${result.torn} of ${result.done} looks at ${job.path} saw no whole version`);
    return result;
  }

  async #answerOf({ child, ended }: Member): Promise<unknown> {
    const [answer] = await Promise.race([once(child, 'message'), ended]);
    return answer;
  }

  async #endOf(child: ChildProcess): Promise<never> {
    const [code, signal] = await once(child, 'exit');
    throw new Error(this.#isOver ? 'It is over' : `A process ended with ${code ?? signal}`);
  }

  #content(path: string): string {
    return fs.readFileSync(join(this.#root, path), 'utf8');
  }
}
