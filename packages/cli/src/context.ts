import { colorsFor } from './terminal/colors.ts';
import { complain } from './terminal/complain.ts';
import { keepText } from './terminal/editor.ts';
import { complaintOf } from './terminal/errors.ts';
import { EXIT, exitCodeOfAll } from './terminal/exit-codes.ts';
import type { Io } from './terminal/io.ts';
import type { Log } from './terminal/log.ts';
import { Output } from './terminal/output.ts';
import { patiently } from './terminal/patience.ts';
import { ProgressLine } from './terminal/progress-line.ts';
import type { PathUse } from './vaults/plain-path.ts';
import { type Place, Vaults } from './vaults/vaults.ts';

/** Options that every verb takes. */
export interface GlobalOptions {
  readonly json?: boolean;
  readonly plugin?: readonly string[];
  readonly config?: string;
}

const MAKES_CONFIG: readonly string[] = ['vaults add', 'init', 'doctor'];

/** Backends whose files are on this machine, which are never silent: if they take long, they work. */
const HERE: readonly string[] = ['local', 'sqlite'];
/** Verbs that wait for a person to type. */
const WAIT_FOR_PEOPLE: readonly string[] = ['write', 'edit', 'conflicts'];

/** Everything that a verb works with while it runs. */
export class Context implements AsyncDisposable {
  readonly io: Io;
  readonly signal: AbortSignal;
  readonly output: Output;
  readonly vaults: Vaults;
  readonly progress: ProgressLine;
  readonly configPath: string;
  readonly #verb: string;
  #log: Log | undefined;

  constructor(verb: string, io: Io, configPath: string, options: GlobalOptions) {
    const { json = false, plugin = [], config } = options;
    this.#verb = verb;
    this.io = io;
    this.signal = io.signal;
    this.output = new Output(io.stdout, json, colorsFor(io.stdout, io.env), io.signal);
    this.progress = new ProgressLine(io.stderr);
    this.configPath = configPath;
    this.vaults = new Vaults({
      cwd: io.cwd,
      env: io.env,
      configPath,
      // The verb that makes the file may name one that does not exist yet.
      isConfigNamed: config !== undefined && !MAKES_CONFIG.includes(verb),
      plugins: plugin,
    });
  }

  /** Opens an argument and works on it; gives the exit code. */
  async at(location: string, use: PathUse, work: (place: Place) => Promise<number>): Promise<number> {
    return await this.attempt([location], async () => {
      const place = await this.vaults.open(location, use);
      return await this.patiently(place, () => work(place));
    });
  }

  /** Tells once that it waits for a vault, if that is not on this machine and is silent. */
  async patiently<T>({ backend, nameOf }: Place, work: () => Promise<T>): Promise<T> {
    if (HERE.includes(backend.name) || WAIT_FOR_PEOPLE.includes(this.#verb)) return await work();
    const { writes } = this.output;
    const hasSpoken = (): boolean => this.output.writes > writes || this.progress.hasDrawn;
    return await patiently(`waiting for ${nameOf('/')}`, (text) => hasSpoken() || this.note(text), work);
  }

  /** Like `at`, for several arguments; one that fails does not stop the others. */
  async each(
    locations: readonly string[],
    use: PathUse,
    work: (place: Place) => Promise<void>,
  ): Promise<number> {
    const codes: number[] = [];
    for (const location of locations) {
      const code = await this.at(location, use, async (place) => {
        await work(place);
        return EXIT.ok;
      });
      codes.push(code);
    }
    return exitCodeOfAll(codes);
  }

  /** Runs the work on some arguments, and reports an error; gives the exit code. */
  async attempt(locations: readonly string[], work: () => Promise<number>): Promise<number> {
    this.signal.throwIfAborted();
    try {
      return await work();
    } catch (error) {
      this.signal.throwIfAborted();
      this.progress[Symbol.dispose]();
      const shown = await Promise.all(locations.map((location) => this.vaults.shown(location)));
      return this.complain(error, shown.join(' '));
    }
  }

  /** From now on notes are lines of a log, and so are errors where programs read it. */
  logTo(log: Log): void {
    this.#log = log;
  }

  /** Reports an error on standard error; gives its exit code. */
  complain(error: unknown, about?: string): number {
    if (this.#log?.format === 'json' && !this.output.json) {
      const { exitCode, message, ...details } = complaintOf(error, this.#verb);
      this.#log.line('failed', message, { location: about, ...details, exitCode });
      return exitCode;
    }
    return complain(this.io, error, { verb: this.#verb, about, json: this.output.json }).exitCode;
  }

  /** Tells a person something that is no result; silent with `--json`. */
  note(text: string): void {
    if (this.#log !== undefined) this.#log.line('note', text);
    else if (!this.output.json) this.io.stderr.write(`${text}\n`);
  }

  /** Saves a text that a person wrote and that has no place now, and tells where. */
  async keep(text: string, name: string): Promise<void> {
    const kept = await keepText(text, name);
    if (this.output.json) this.io.stderr.write(`${JSON.stringify({ kept })}\n`);
    else this.note(`What was written is kept in ${kept}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.progress[Symbol.dispose]();
    await this.vaults[Symbol.asyncDispose]();
  }
}
