import { AsyncLocalStorage } from 'node:async_hooks';
import type { DriverSession } from './driver.ts';
import type { DriverState } from './driver-state.ts';

/** A session that is held, and the vault it holds. */
export interface ActiveSession {
  readonly root: DriverState;
  readonly session: DriverSession;
  ended: boolean;
}

interface Frame {
  readonly active: ActiveSession;
  readonly outer: Frame | undefined;
}

const bodies = new AsyncLocalStorage<Frame>();

/** Runs `body` so that operations on the same vault that start in it belong to the session. */
export function runInSession<T>(active: ActiveSession, body: () => Promise<T>): Promise<T> {
  return bodies.run({ active, outer: bodies.getStore() }, body);
}

/** The session whose body this code runs in, if it holds the vault of `root` and has not ended. */
export function sessionAround(root: DriverState): ActiveSession | undefined {
  for (let frame = bodies.getStore(); frame !== undefined; frame = frame.outer) {
    if (frame.active.root === root && !frame.active.ended) return frame.active;
  }
  return undefined;
}
