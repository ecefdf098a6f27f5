import type { FileBackend } from '../backend.ts';
import { type DriverState, stateOf } from '../driver/driver-state.ts';

/** The etags a file had on both sides when a mirror last found or made them the same. */
export interface EtagPair {
  readonly source: string;
  readonly target: string;
}

const known = new WeakMap<DriverState, WeakMap<DriverState, Map<string, EtagPair>>>();

/**
 * Etags that mirrors of this process found to go together, by source and target: etags of different backends mean nothing to each
 * other.
 */
export function knownEtags(source: FileBackend, target: FileBackend): Map<string, EtagPair> {
  const ofSource = getOrMake(
    known,
    stateOf(source.driver),
    () => new WeakMap<DriverState, Map<string, EtagPair>>(),
  );
  return getOrMake(ofSource, stateOf(target.driver), () => new Map<string, EtagPair>());
}

function getOrMake<K extends WeakKey, V>(map: WeakMap<K, V>, key: K, make: () => V): V {
  const value = map.get(key) ?? make();
  map.set(key, value);
  return value;
}
