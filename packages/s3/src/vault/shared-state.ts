import { FifoLock, KeyedLock } from '@f9/core/driver';
import type { Traits } from './probe.ts';
import type { Sum } from './sum.ts';

/** The state that all backends of this process on one vault have in common. */
export class SharedState {
  readonly sessionLock: FifoLock = new FifoLock();
  /** By path, for what a store does not do in one step. */
  readonly pathLocks: KeyedLock = new KeyedLock();
  /** Checksums of what was written here, to be kept beside the files. */
  readonly sums: Map<string, Sum> = new Map();
  /** What was found out of the store. */
  traits: Traits | undefined;
}

const states = new Map<string, WeakRef<SharedState>>();

/** The state of a vault, kept as long as anybody uses it. */
export function sharedStateOf(...where: readonly string[]): SharedState {
  const key = where.join(' ');
  const known = states.get(key)?.deref();
  if (known !== undefined) return known;
  for (const [other, reference] of states) if (reference.deref() === undefined) states.delete(other);
  const state = new SharedState();
  states.set(key, new WeakRef(state));
  return state;
}
