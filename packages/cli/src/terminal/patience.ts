import { setTimeout as sleep } from 'node:timers/promises';

/** Milliseconds after which a person wants to know what takes so long. */
const PATIENCE = 2000;

/** Runs some work, and names it if it takes long. */
export async function patiently<T>(
  what: string,
  say: (text: string) => void,
  work: () => Promise<T>,
): Promise<T> {
  const over = new AbortController();
  sleep(PATIENCE, undefined, { signal: over.signal }).then(
    () => say(`Still ${what} …`),
    () => undefined,
  );
  try {
    return await work();
  } finally {
    over.abort();
  }
}
