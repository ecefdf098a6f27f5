import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { clearInterval, setInterval } from 'node:timers';
import { pause } from '@f9/core/driver';
import { hasEnded, ownIdentity, type ProcessIdentity } from '@f9/core/process';
import type { Awaitable, IndexStore } from './index-store/index-store.ts';

/** Milliseconds for which the holder of the turn may be silent; then it is taken for dead. */
const LEASE = 10_000;
/** Milliseconds between two looks while waiting. */
const LOOK = 100;

/** Runs `change` in the store, however long others keep the store busy. */
export type ChangeStore = <T>(change: () => Awaitable<T>) => Promise<T>;

/** Runs `body` while nobody else embeds, in this process or another, since a text would else be embedded, and paid for, twice. */
export async function inEmbeddingTurn<T>(
  { store, change }: { readonly store: IndexStore; readonly change: ChangeStore },
  signal: AbortSignal | undefined,
  body: () => Promise<T>,
): Promise<T> {
  const holder = JSON.stringify({ ...ownIdentity(), host: hostname(), turn: randomUUID() });
  const take = (): Promise<boolean> => change(() => store.takeTurn(holder, LEASE));
  while (!(await take())) {
    const other = await store.turnHolder();
    // The turn of a killed process is free at once.
    if (other !== undefined && isOfEnded(other)) await change(() => store.endTurn(other));
    else await pause(LOOK, signal);
  }
  const renewal = setInterval(() => {
    // If the store is busy, the next renewal comes in time.
    take().catch(() => undefined);
  }, LEASE / 3);
  try {
    return await body();
  } finally {
    clearInterval(renewal);
    await change(() => store.endTurn(holder));
  }
}

/** Whether a holder's process is known to have ended; what runs on another host cannot be looked at from here. */
function isOfEnded(holder: string): boolean {
  const { host, ...identity } = JSON.parse(holder) as ProcessIdentity & { readonly host: string };
  return host === hostname() && hasEnded(identity);
}
