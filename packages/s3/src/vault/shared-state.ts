import { FifoLock, KeyedLock } from '@f9/core/driver';
import type { Traits } from './probe.ts';
import type { Sum } from './sum.ts';

/** The state that all backends of this process on one vault share. */
export class SharedState {
  readonly sessionLock: FifoLock = new FifoLock();
  /** Locks by path, for steps that a store cannot make at once. */
  readonly pathLocks: KeyedLock = new KeyedLock();
  /** Checksums of files written here, to be kept beside the files. */
  readonly sums: Map<string, Sum> = new Map();
  /** How the store treats conditions, once that is known. */
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
