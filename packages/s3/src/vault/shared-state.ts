import { FifoLock, KeyedLock } from '@f9/core/driver';
import type { Traits } from './probe.ts';
import type { Sum } from './sum.ts';

/** What is known of a bucket, by all vaults of this process in it. */
export interface KnownBucket {
  /** How the store treats conditions, once that is known. */
  traits: Traits | undefined;
}

/** The state that all backends of this process on one vault share. */
export class SharedState {
  readonly bucket: KnownBucket;
  readonly sessionLock: FifoLock = new FifoLock();
  /** Locks by path, for steps that a store cannot make at once. */
  readonly pathLocks: KeyedLock = new KeyedLock();
  /** Checksums of files written here, to be kept beside the files. */
  readonly sums: Map<string, Sum> = new Map();

  constructor(bucket: KnownBucket) {
    this.bucket = bucket;
  }

  /** How the store treats conditions, once the vault is open. */
  get traits(): Traits | undefined {
    return this.bucket.traits;
  }
}

const buckets = new Map<string, KnownBucket>();
const states = new Map<string, WeakRef<SharedState>>();

/** The state of a vault, kept as long as anybody uses it. */
export function sharedStateOf(endpoint: string, bucket: string, prefix: string): SharedState {
  const place = `${endpoint} ${bucket}`;
  const key = `${place} ${prefix}`;
  const known = states.get(key)?.deref();
  if (known !== undefined) return known;
  for (const [other, reference] of states) if (reference.deref() === undefined) states.delete(other);
  const knownBucket = buckets.get(place) ?? { traits: undefined };
  buckets.set(place, knownBucket);
  const state = new SharedState(knownBucket);
  states.set(key, new WeakRef(state));
  return state;
}
