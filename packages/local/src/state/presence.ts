import { clearTimeout, setTimeout } from 'node:timers';
import type { OpenDirectory } from '../confined/open-directory.ts';
import { hasErrno } from '../errors.ts';
import { now } from '../io/clock.ts';
import { type Operation, type Runner, runSynchronously } from '../io/runner.ts';
import { unlinkIfThere } from '../io/small-files.ts';
import { lutimes, mkdir, rmdir } from '../io/system-calls.ts';
import { STAGING } from './leftovers.ts';
import { makeToken } from './owned-lock.ts';
import { inLine } from './path-lines.ts';
import { ownName } from './process-identity.ts';
import type { StateDirectory } from './state-directory.ts';

/** Milliseconds without work after which everything is removed; also the time between two signs of life of a long hold. */
const IDLE = 2000;

/** A directory in which only this thread stages files, held open. A process that overtakes its owner removes it. */
export interface StagingDirectory {
  readonly directory: OpenDirectory;
  /** Its name in the state directory. */
  readonly name: string;
  users: number;
  /** No new user may begin with it; the last one removes it. */
  isGivenUp: boolean;
}

/**
 * The files of this thread in a state directory while it works there: the token whose links are its locks, and a directory for staged
 * files. Both are made when first needed, and removed after a while without work, on disposal and at the exit of the process.
 */
export class Presence {
  readonly state: StateDirectory;
  readonly #runner: Runner;
  #token: string | undefined;
  #staging: StagingDirectory | undefined;
  /** Locks that are held. */
  #locks = 0;
  #lastUse = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(state: StateDirectory, runner: Runner) {
    this.state = state;
    this.#runner = runner;
  }

  /** The name of the token, if there is one. */
  get token(): string | undefined {
    return this.#token;
  }

  *makeToken(): Operation<string> {
    return yield* this.#once(
      'token',
      () => this.#token,
      function* (this: Presence) {
        const name = ownName();
        const directory = yield* this.state.open();
        try {
          yield* makeToken(directory.path, name);
        } finally {
          yield* directory.close();
        }
        this.#token = name;
        return name;
      }.bind(this),
    );
  }

  /** Forgets a token that somebody removed: the next one is new. */
  forgetToken(token: string): void {
    if (this.#token === token) this.#token = undefined;
  }

  countLock(): void {
    this.#locks++;
  }

  discountLock(): void {
    this.#locks--;
    this.#lastUse = now();
  }

  /** The directory to stage files in, to be left with `leave`. */
  *enter(): Operation<StagingDirectory> {
    const staging = this.#staging ?? (yield* this.#makeStaging());
    staging.users++;
    return staging;
  }

  *leave(staging: StagingDirectory): Operation<void> {
    staging.users--;
    this.#lastUse = now();
    if (staging.isGivenUp && staging.users === 0) yield* this.#remove(staging);
  }

  /** Gives up a staging directory that somebody removed: the next one is new. */
  *giveUp(staging: StagingDirectory): Operation<void> {
    staging.isGivenUp = true;
    if (this.#staging === staging) this.#staging = undefined;
    if (staging.users === 0) yield* this.#remove(staging);
  }

  /** Removes everything. */
  *close(): Operation<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    present.delete(this);
    const [token, staging] = [this.#token, this.#staging];
    this.#token = undefined;
    if (token !== undefined) yield* unlinkIfThere(`${this.state.path}/${token}`);
    if (staging !== undefined) yield* this.giveUp(staging);
  }

  *#makeStaging(): Operation<StagingDirectory> {
    return yield* this.#once(
      'staging',
      () => this.#staging,
      function* (this: Presence) {
        const name = STAGING + ownName();
        const state = yield* this.state.open();
        try {
          // Nobody else may put another file in the place of a staged one.
          yield* mkdir(state.entry(name), 0o700);
          const directory = yield* this.state.openInside(state, name);
          this.#staging = { directory, name, users: 0, isGivenUp: false };
          return this.#staging;
        } finally {
          yield* state.close();
        }
      }.bind(this),
    );
  }

  /** Makes what is missing, once for all who ask at the same time. */
  *#once<T>(what: string, get: () => T | undefined, make: () => Operation<T>): Operation<T> {
    const makeIfMissing = function* (): Operation<T> {
      return get() ?? (yield* make());
    };
    const made = yield* inLine(`${this.state.path}\0${what}`, makeIfMissing());
    this.#lastUse = now();
    this.#watch();
    return made;
  }

  *#remove({ directory, name }: StagingDirectory): Operation<void> {
    yield* directory.close();
    try {
      yield* rmdir(`${this.state.path}/${name}`);
    } catch (error) {
      // The next opening removes what could not be removed now.
      if (!hasErrno(error, 'ENOENT', 'ENOTEMPTY', 'EEXIST')) throw error;
    }
  }

  #watch(): void {
    if (this.#timer !== undefined) return;
    this.#timer = setTimeout(() => void this.#look().catch(() => undefined), IDLE).unref();
    if (present.size === 0) listenForExit();
    present.add(this);
  }

  async #look(): Promise<void> {
    const isAtWork = this.#locks > 0 || (this.#staging?.users ?? 0) > 0;
    if (!isAtWork && now() - this.#lastUse >= IDLE) return await this.#runner.runUnqueued(this.close());
    this.#timer?.refresh();
    if (this.#locks === 0 || this.#token === undefined) return;
    const time = new Date(Date.now());
    await this.#runner.runUnqueued(lutimes(`${this.state.path}/${this.#token}`, time, time));
  }
}

/** Every presence that has files to remove. */
const present = new Set<Presence>();
let isListening = false;

function listenForExit(): void {
  if (isListening) return;
  isListening = true;
  process.once('exit', () => {
    for (const presence of present) {
      try {
        runSynchronously(presence.close());
      } catch {
        // The next opening removes it.
      }
    }
  });
}
