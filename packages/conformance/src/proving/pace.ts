import type { FileBackend } from '@f9/core';

/** The speed of a backend, found out once before the first case. */
export interface Pace {
  /** Milliseconds for which one call may be pending before it counts as hanging. */
  readonly patience: number;
  /** Whether cases use smaller files and fewer of them. */
  readonly slow: boolean;
}

/** Round trips that no single call of the suite comes near. */
const ROUND_TRIPS = 1000;
/** Least milliseconds for a call, however fast the backend is, since the machine may be busy. */
const LEAST_PATIENCE = 10_000;
/** Milliseconds of a round trip from which on thousands of them take too long. */
const SLOW = 5;
const PROBES = 3;

/** The pace while the backend is not yet measured. */
export const FIRST_PACE: Pace = { patience: 60_000, slow: true };

/** Milliseconds that a small write takes at best; 0 where none succeeds, which the cases will tell. */
export async function measureRoundTrip(backend: FileBackend): Promise<number> {
  let best = Number.POSITIVE_INFINITY;
  for (let i = 0; i < PROBES; i++) {
    const started = performance.now();
    try {
      await backend.create(`probe-${i}`, { data: 'probe' });
    } catch {
      return 0;
    }
    best = Math.min(best, performance.now() - started);
  }
  return best;
}

/** @param known values by the backend's author, which win over measured ones */
export function paceOf(
  roundTrip: number,
  known: { readonly patience?: number; readonly slow?: boolean },
): Pace {
  return {
    patience: known.patience ?? Math.max(LEAST_PATIENCE, ROUND_TRIPS * roundTrip),
    slow: known.slow ?? roundTrip > SLOW,
  };
}
