import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { ProcessModule } from '../harness/harness.ts';
import type { JobArguments, JobName, JobResult } from './jobs.ts';
import type { Order, Report } from './messages.ts';

/** A made-up address in a bundle of CommonJS, which has none, and no file beside it for another process to run. */
const ADDRESS = (import.meta.url as string | undefined) ?? 'file:///bundle.js';
/** Sources run as they are; the published package is compiled. */
const IS_SOURCE = ADDRESS.endsWith('.ts');
const CHILD = new URL(`child${extname(ADDRESS)}`, ADDRESS);
/** Options of this process that another one needs to load the same modules. */
const INHERITED = /^--(?:(?:conditions|import|loader|require)=.|experimental-(?:strip|transform)-types$)/;

/** A process of its own, or a thread, that has opened the store and does jobs on it. */
export class OtherProcess implements AsyncDisposable {
  readonly #life: ChildProcess | Worker;
  readonly #ended: Promise<unknown>;
  #job: PromiseWithResolvers<unknown> = Promise.withResolvers();
  #waits: PromiseWithResolvers<void> = Promise.withResolvers();
  readonly #told: unknown[] = [];
  #listener: (() => void) | undefined;

  private constructor(life: ChildProcess | Worker) {
    this.#life = life;
    this.#ended = once(life, 'exit').then(([code, signal]) => {
      this.#fail(new Error(`The other process ended, with ${signal ?? `code ${code}`}`));
    });
    life.on('message', (report: Report) => this.#hear(report));
    life.on('error', (error: Error) => this.#fail(error));
    this.#expect();
  }

  /** Starts a process or thread that opens the store by `module`. */
  static async start(module: ProcessModule, kind: 'process' | 'thread' = 'process'): Promise<OtherProcess> {
    if (!existsSync(CHILD)) {
      throw new Error(
        'Other processes run a file of @f9/conformance: leave it outside of the bundle, or say withoutProcesses',
      );
    }
    const url = String(module.url);
    const execArgv = [
      ...new Set([...nodeOptions(url), ...process.execArgv.filter((each) => INHERITED.test(each))]),
    ];
    const life =
      kind === 'thread'
        ? new Worker(CHILD, { execArgv })
        : fork(fileURLToPath(CHILD), [], {
            execArgv,
            serialization: 'advanced',
            stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
          });
    const other = new OtherProcess(life);
    const opened = other.#expect();
    other.#order({ open: url, data: module.data });
    try {
      await opened;
    } catch (error) {
      await other[Symbol.asyncDispose]();
      throw error;
    }
    return other;
  }

  get pid(): number {
    return 'pid' in this.#life ? this.#life.pid! : process.pid;
  }

  /** Everything that the jobs have told so far. */
  get told(): readonly unknown[] {
    return this.#told;
  }

  /** Gives it a job, and waits for the result. */
  run<Name extends JobName>(job: Name, args: JobArguments<Name>): Promise<JobResult<Name>> {
    const result = this.#expect() as Promise<JobResult<Name>>;
    this.#order({ job, args });
    return result;
  }

  /** Waits until its jobs have told so much. */
  async hasTold(count: number): Promise<void> {
    while (this.#told.length < count) {
      await Promise.race([
        new Promise<void>((resolve) => {
          this.#listener = resolve;
        }),
        this.#job.promise,
      ]);
    }
  }

  /** Waits until the job itself waits to go on. */
  async waits(): Promise<void> {
    await this.#waits.promise;
  }

  goOn(): void {
    this.#order({ goOn: true });
  }

  /** Asks the job to end soon. */
  finish(): void {
    this.#order({ isOver: true });
  }

  /** Kills it, and waits until it is gone. */
  async kill(): Promise<void> {
    if ('kill' in this.#life) this.#life.kill('SIGKILL');
    else await this.#life.terminate();
    await this.#ended;
  }

  /** Stops it where it is; it stays alive. */
  stop(): void {
    process.kill(this.pid, 'SIGSTOP');
  }

  /** Lets it go on after a stop. */
  resume(): void {
    process.kill(this.pid, 'SIGCONT');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
  }

  #expect(): Promise<unknown> {
    this.#job = Promise.withResolvers();
    this.#waits = Promise.withResolvers();
    // A case that failed waits for neither, and kills its processes.
    for (const { promise } of [this.#job, this.#waits]) promise.catch(() => undefined);
    return this.#job.promise;
  }

  #order(order: Order): void {
    if ('postMessage' in this.#life) this.#life.postMessage(order);
    // An error of sending shows as the end of the process.
    else this.#life.send(order, () => undefined);
  }

  #hear(report: Report): void {
    if ('told' in report) {
      this.#told.push(report.told);
      this.#listener?.();
    } else if ('waits' in report) this.#waits.resolve();
    else if ('failure' in report) this.#fail(new Error(`In another process: ${report.failure}`));
    else this.#job.resolve('result' in report ? report.result : undefined);
  }

  #fail(error: Error): void {
    this.#job.reject(error);
    this.#waits.reject(error);
  }
}

/** Options with which Node runs TypeScript: the sources, or a module of the author's. */
function nodeOptions(moduleUrl: string): string[] {
  const options = IS_SOURCE ? ['--conditions=@f9/source'] : [];
  const isTyped = IS_SOURCE || /\.[cm]?ts$/.test(moduleUrl);
  if (!isTyped || process.features.typescript === 'strip') return options;
  return [...options, '--experimental-strip-types', '--disable-warning=ExperimentalWarning'];
}
