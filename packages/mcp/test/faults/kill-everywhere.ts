import { setTimeout as sleep } from 'node:timers/promises';
import { CALLS, type Injection } from '../../../local/faults/shim.ts';
import type { Workplace } from '../../../local/faults/workplace.ts';
import { type Connection, overStdio } from '../connect.ts';
import type { Place } from './places.ts';

/** How a server is killed in a call: at step `at` of those that it counts. */
export interface Killing {
  readonly name: string;
  connect(place: Place, at: number): Promise<Armed>;
}

/** A server of which the next call is watched. */
interface Armed {
  readonly server: Connection;
  /** Steps that were taken, once it ended; `undefined`: it was killed. */
  ended(): Promise<number | undefined>;
}

/** Before each call that changes a filesystem or starts a process; or once a process runs that it started. */
export const bySwitch = (how: 'before' | 'orphan'): Killing => ({
  name: how === 'before' ? 'before a step' : 'leaving a process',
  connect: async (place, at) => {
    const preload = ['--import', new URL('./kill-switch.ts', import.meta.url).href];
    const env = { F9_KILL_AT: `${at}`, F9_KILL_HOW: how };
    const server = await overStdio(place.vaults, 'modern', undefined, { preload, env });
    await server.client.listTools();
    process.kill(server.pid!, 'SIGUSR2');
    while (!server.log().includes('armed')) await sleep(5);
    const ended = async (): Promise<number | undefined> => {
      await server.client.close();
      const steps = /steps: (\d+)/.exec(server.log())?.[1];
      return steps === undefined ? undefined : Number(steps);
    };
    return { server, ended };
  },
});

/** At each system call on the vault's files, which may be a library's; or halfway through each of these that write. */
export const byShim = (workplace: Workplace, action: 'kill' | 'killHalfway'): Killing => ({
  name: action === 'kill' ? 'before a system call' : 'halfway through a write',
  connect: async (place, at) => {
    const shim = workplace.newShim();
    const env = workplace.underShim(shim, place.folder) as Record<string, string>;
    const server = await overStdio(place.vaults, 'modern', undefined, { env });
    await server.client.listTools();
    const calls = action === 'kill' ? CALLS.change : CALLS.write;
    const injection: Injection = { calls, action, point: at };
    shim.arm(injection);
    const ended = async (): Promise<number | undefined> => {
      await server.client.close();
      const { hits, points } = shim.disarm();
      shim[Symbol.dispose]();
      return hits > 0 ? undefined : points;
    };
    return { server, ended };
  },
});

export interface KillReport {
  /** Steps of the run that came to its end. */
  readonly found: number;
  /** Steps that a server was killed at. */
  readonly injected: number;
  /** Where something was torn or lost, or the next server could not work on. */
  readonly breaches: readonly string[];
}

/** Runs that in a row must come to their end, so that none of more steps is missed. */
const ENDS = 3;

/**
 * Kills a server at the first step of a call, at the second, and so on, until there is no more; each time from the same start. Or once,
 * at `only`, or if there are not so many at one counted from the first again.
 */
export async function killEverywhere(
  tool: string,
  place: Place,
  killing: Killing,
  only?: number,
): Promise<KillReport> {
  const breaches: string[] = [];
  let [injected, found, ends] = [0, 0, 0];
  for (let at = only ?? 1; ends < ENDS && (only === undefined || injected === 0); ) {
    place.reset();
    const { steps, isDone, said } = await killAt(tool, place, killing, at);
    if (steps === undefined) injected++;
    else {
      ends++;
      found = Math.max(found, steps);
      if (!isDone) breaches.push(`${tool} failed by itself: ${said}`);
    }
    for (const breach of await breachesOf(place, isDone)) {
      breaches.push(`${tool}, ${killing.name} ${at}: ${breach}`);
      // At once: the whole of it takes long, and may be ended by somebody.
      console.error(breaches.at(-1));
    }
    if (steps === undefined) {
      at++;
      ends = 0;
    } else if (only !== undefined) at = ((at - 1) % Math.max(1, steps)) + 1;
  }
  return { found, injected, breaches };
}

async function killAt(
  tool: string,
  place: Place,
  killing: Killing,
  at: number,
): Promise<{ readonly steps: number | undefined; readonly isDone: boolean; readonly said: string }> {
  const { server, ended } = await killing.connect(place, at);
  const answer = await server.call(tool, place.scenario.input).catch(() => undefined);
  return { isDone: answer?.isError === false, said: answer?.text ?? 'no answer', steps: await ended() };
}

async function breachesOf(place: Place, isDone: boolean): Promise<string[]> {
  const { before, after } = place.scenario;
  const breaches: string[] = [];
  try {
    const left = await place.contents();
    for (const path of new Set([...Object.keys(left), ...Object.keys(before), ...Object.keys(after)])) {
      const allowed = isDone ? [after[path]] : [before[path], after[path]];
      if (!allowed.includes(left[path])) breaches.push(`${path} holds ${shown(left[path])}`);
    }
    const kept = Object.values(after).filter((text) => Object.values(before).includes(text));
    for (const text of kept) {
      if (!Object.values(left).includes(text)) breaches.push(`${shown(text)} is in no file any more`);
    }
    await place.workOn();
  } catch (error) {
    breaches.push(`The next server cannot work on: ${(error as Error).stack}`);
  }
  return breaches;
}

function shown(text: string | undefined): string {
  return text === undefined ? 'nothing' : `${JSON.stringify(text.slice(0, 40))} (${text.length} characters)`;
}
