import { AsyncLocalStorage } from 'node:async_hooks';
import type { DriverState } from '../driver/driver-state.ts';
import type { DriverSession } from '../driver/options.ts';
import { RunningCount } from '../tasks/running-count.ts';

/** A session that is held, and the vault it holds. */
export class ActiveSession {
  readonly root: DriverState;
  readonly session: DriverSession;
  readonly #running: RunningCount = new RunningCount();
  #ended = false;
  #released: Promise<void> | undefined;

  constructor(root: DriverState, session: DriverSession) {
    this.root = root;
    this.session = session;
  }

  get ended(): boolean {
    return this.#ended;
  }

  enter(operation: string): void {
    this.#running.enter(operation);
  }

  leave(operation: string): void {
    this.#running.leave(operation);
  }

  /** Takes no more operations in, and waits for those that run: the next session must find the vault at rest. */
  async end(): Promise<void> {
    this.#ended = true;
    await this.#running.idle();
  }

  /** Gives the vault back although operations of the session still run, which get no further. */
  abandon(): void {
    this.#ended = true;
    this.#released ??= this.session.release();
    this.#released.catch(() => undefined);
  }

  /** Ends the session and gives the vault back, once. */
  release(): Promise<void> {
    this.#released ??= this.end().then(() => this.session.release());
    return this.#released;
  }
}

interface Frame {
  readonly active: ActiveSession;
  readonly outer: Frame | undefined;
}

const bodies = new AsyncLocalStorage<Frame>();

/** Runs `body` so that operations on the same vault that start in it belong to the session. */
export function runInSession<T>(active: ActiveSession, body: () => T): T {
  let outer = bodies.getStore();
  // Sessions that each start the next one would otherwise keep all earlier ones alive.
  while (outer?.active.ended === true) outer = outer.outer;
  return bodies.run({ active, outer }, body);
}

/** The session whose body this code runs in, if it holds the vault of `root` and has not ended. */
export function sessionAround(root: DriverState): ActiveSession | undefined {
  for (let frame = bodies.getStore(); frame !== undefined; frame = frame.outer) {
    if (frame.active.root === root && !frame.active.ended) return frame.active;
  }
  return undefined;
}
