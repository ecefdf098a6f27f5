import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { LocalFileBackend } from '../src/index.ts';
import type { ContenderEvent, ContenderOptions } from './children/contender.ts';
import type { Report } from './report.ts';
import { leftInState } from './verdict.ts';
import { firstWordOf, type Workplace } from './workplace.ts';

export interface ContentionOptions {
  readonly processes: number;
  readonly seconds: number;
  /** Milliseconds for which a holder may block its event loop. */
  readonly stall: number;
  /** Milliseconds between two kills. */
  readonly killEvery: number;
}

/** Milliseconds in which a dead holder's session must be taken: half of what an owner of whom nothing is known would get. */
const TAKEOVER_LIMIT = 5000;

/** Lets processes contend for the session, kills one at random again and again, and lets some that hold it stall. */
export async function proveSessions(
  workplace: Workplace,
  report: Report,
  options: ContentionOptions,
): Promise<void> {
  const { processes, seconds, stall } = options;
  report.section(
    `${processes} processes contend for a session for ${seconds} s, with kills and stalls of ${stall} ms`,
  );
  const row = report.table(
    '',
    'sessions',
    'commits',
    'stalls',
    'kills',
    'of holders',
    'median ms',
    'most ms',
    'breaches',
  );
  const contend = async (name: string, naively: boolean, options: ContentionOptions): Promise<Contention> => {
    const contention = new Contention(workplace, options, naively);
    await contention.run();
    const { sessions, commits, stalls, takeovers } = contention.judge();
    const sorted = takeovers.toSorted((a, b) => a - b).map((time) => Math.round(time));
    const [median, most] = [sorted[Math.floor(sorted.length / 2)] ?? '-', sorted.at(-1) ?? '-'];
    row(
      name,
      sessions,
      commits,
      stalls,
      contention.kills,
      sorted.length,
      median,
      most,
      contention.breaches.length,
    );
    if (commits === 0) contention.breaches.push('nobody ever committed');
    if (takeovers.some((time) => time > TAKEOVER_LIMIT))
      contention.breaches.push(`a dead holder held on for ${most} ms`);
    return contention;
  };
  const control = await contend('control: without a session', true, {
    ...options,
    seconds: Math.min(1, seconds / 4),
  });
  if (control.breaches.length === 0) report.breach('the control was not caught, so nothing here would be');
  const { breaches } = await contend('with a session; dead holders were taken over after', false, options);
  report.breachAll(breaches);
}

interface Noted {
  readonly time: bigint;
  readonly pid: number;
  readonly event: ContenderEvent | 'kill';
  readonly value: number;
}

class Contention {
  readonly breaches: string[] = [];
  kills = 0;
  readonly #workplace: Workplace;
  readonly #options: ContentionOptions;
  readonly #naively: boolean;
  readonly #root: string;
  readonly #log: string;
  readonly #killed: Noted[] = [];
  #count = 0;

  constructor(workplace: Workplace, options: ContentionOptions, naively: boolean) {
    this.#workplace = workplace;
    this.#options = options;
    this.#naively = naively;
    const folder = workplace.newFolder();
    this.#root = join(folder, 'vault');
    this.#log = join(folder, 'log');
    fs.mkdirSync(this.#root);
    fs.writeFileSync(join(this.#root, 'count'), '0');
  }

  async run(): Promise<void> {
    const { processes, seconds, killEvery } = this.#options;
    const contenders = Array.from({ length: processes }, () => this.#start());
    await Promise.all(contenders.map(({ child }) => firstWordOf(child)));
    const until = performance.now() + seconds * 1000;
    while (performance.now() < until) {
      await sleep(killEvery * (0.5 + Math.random()));
      const i = Math.floor(Math.random() * processes);
      this.#kill(contenders[i]!.child);
      await contenders[i]!.ended;
      contenders[i] = this.#start();
    }
    for (const { child } of contenders) child.stdin!.end();
    await Promise.all(contenders.map(({ ended }) => ended));
    await using backend = await LocalFileBackend.open({ root: this.#root });
    await backend.syncSession(async () => undefined);
    const left = leftInState(this.#root);
    if (left.length > 0) this.breaches.push(`left over: ${left}`);
  }

  #start(): { child: ChildProcess; ended: Promise<void> } {
    const options: ContenderOptions = {
      root: this.#root,
      io: this.#count++ % 2 === 0 ? 'auto' : 'async',
      log: this.#log,
      stall: this.#options.stall,
      naively: this.#naively,
    };
    const { args, env } = this.#workplace.command('contender', options);
    const child = spawn(process.execPath, args, { env, stdio: ['pipe', 'pipe', 'pipe'] });
    child.stdout.resume();
    const ended = Promise.all([once(child, 'close'), text(child.stderr)]).then(([[code, signal], errors]) => {
      if (code !== 0 && signal !== 'SIGKILL')
        this.breaches.push(`a process ended with ${code ?? signal}: ${errors}`);
    });
    return { child, ended };
  }

  #kill(child: ChildProcess): void {
    this.#killed.push({ time: process.hrtime.bigint(), pid: child.pid!, event: 'kill', value: 0 });
    child.kill('SIGKILL');
    this.kills++;
  }

  /** Goes through what all of them wrote down: at most one holds the session at a time, and no count is lost. */
  judge(): { sessions: number; commits: number; stalls: number; takeovers: number[] } {
    const events = [...readLog(this.#log), ...this.#killed].sort((a, b) => Number(a.time - b.time));
    const takeovers: number[] = [];
    let holder: number | undefined;
    let killedAt: bigint | undefined;
    let last = 0;
    for (const { time, pid, event, value } of events) {
      if (event === 'enter') {
        if (holder !== undefined && killedAt === undefined)
          this.breaches.push(`${pid} entered while ${holder} held the session`);
        if (killedAt !== undefined) takeovers.push(Number(time - killedAt) / 1e6);
        [holder, killedAt] = [pid, undefined];
      } else if (event === 'commit') {
        if (pid !== holder) this.breaches.push(`${pid} committed while ${holder} held the session`);
        if (value <= last) this.breaches.push(`${pid} committed ${value} after ${last} was committed`);
        last = value;
      } else if (event === 'leave') {
        [holder, killedAt] = [undefined, undefined];
      } else if (event === 'kill' && pid === holder) {
        killedAt = time;
      }
    }
    const count = (event: ContenderEvent): number => events.filter((noted) => noted.event === event).length;
    return { sessions: count('enter'), commits: count('commit'), stalls: count('stall'), takeovers };
  }
}

function readLog(log: string): Noted[] {
  return fs
    .readFileSync(log, 'utf8')
    .split('\n')
    .slice(0, -1)
    .map((line) => {
      const [time, pid, event, value] = line.split(' ');
      return { time: BigInt(time!), pid: Number(pid), event: event as ContenderEvent, value: Number(value) };
    });
}
