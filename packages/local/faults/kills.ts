import fs from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { forEachConcurrently } from '@f9/core';
import { LocalFileBackend } from '../src/index.ts';
import type { OneOperation } from './children/one-operation.ts';
import { CALLS, FaultControl, type Injection, type Seen } from './control.ts';
import { type Operation, STATE } from './operations.ts';
import { plantTree } from './tree.ts';
import { type Breach, inspectRemains, type Outcome } from './verdict.ts';
import type { Workplace } from './workplace.ts';

export interface Configuration {
  readonly io: 'auto' | 'async';
  readonly durability: 'fsync' | 'none';
}

/** What came of killing a process at every point of an operation. */
export interface KillResult {
  readonly operation: string;
  readonly calls: readonly string[];
  readonly found: number;
  readonly injected: number;
  readonly outcomes: readonly Outcome[];
  readonly breaches: readonly Breach[];
}

/** Milliseconds to wait for a session whose holder is dead. */
const TAKEOVER = 5000;

const WRITES = /^(write|pwrite64|writev|sendfile64|copy_file_range) /;

/** Kills a process at every call of the operation that changes something, halfway through every write, and once it is acknowledged. */
export async function killEverywhere(
  workplace: Workplace,
  operation: Operation,
  configuration: Configuration,
): Promise<KillResult> {
  const whole = await killOnce(workplace, operation, configuration);
  const { calls } = whole.seen;
  const writes = calls.filter((call) => WRITES.test(call)).length;
  const injections: Injection[] = [
    ...calls.map((_, i): Injection => ({ calls: CALLS.change, action: 'kill', point: i + 1 })),
    ...Array.from({ length: writes }, (_, i): Injection => ({ calls: CALLS.write, action: 'killHalfway', point: i + 1 })),
  ];
  const killed = [whole];
  await forEachConcurrently(injections, availableParallelism() + 1, async (injection) => {
    killed.push(await killOnce(workplace, operation, configuration, injection));
  });
  return {
    operation: operation.name,
    calls,
    found: injections.length + 1,
    injected: killed.filter(({ isKilled }) => isKilled).length,
    outcomes: killed.map(({ outcome }) => outcome),
    breaches: killed.flatMap(({ breaches }) => breaches),
  };
}

interface Killed {
  readonly seen: Seen;
  readonly isKilled: boolean;
  readonly outcome: Outcome;
  readonly breaches: readonly Breach[];
}

async function killOnce(
  workplace: Workplace,
  operation: Operation,
  configuration: Configuration,
  injection?: Injection,
): Promise<Killed> {
  const folder = workplace.newFolder();
  const [root, control] = [join(folder, 'vault'), join(folder, 'control')];
  plantTree(root, operation.before);
  if (operation.plantState === undefined) fs.mkdirSync(join(root, STATE));
  else operation.plantState(root);
  const faults = new FaultControl(control);
  const victim: OneOperation = {
    operation: operation.name,
    options: { root, ...configuration },
    control,
    ...(injection === undefined ? {} : { injection }),
  };
  const { signal, output, errors } = await workplace.run('one-operation', [victim], workplace.underShim(root, control));
  const seen = faults.seen();
  faults[Symbol.dispose]();

  const isAcknowledged = output === 'acknowledged';
  const isKilled = signal === 'SIGKILL' && (injection === undefined ? isAcknowledged : seen.hits === 1);
  const at = injection === undefined ? 'once it was acknowledged' : `at ${seen.calls.at(-1)}`;
  const breaches: Breach[] = [];
  if (!isKilled) breaches.push({ kind: 'missed', text: `not killed ${at}: ${signal} ${errors}` });

  const backend = await LocalFileBackend.open({ root, durability: 'none' });
  if (operation.holdsSession === true) await backend.syncSession(async () => undefined, { timeout: TAKEOVER });
  await backend[Symbol.asyncDispose]();
  const remains = inspectRemains(operation, 'kill', root);
  breaches.push(...remains.breaches);
  if (isAcknowledged && remains.outcome !== 'new') {
    breaches.push({ kind: 'lost', text: `acknowledged, and ${remains.outcome} after` });
  }
  fs.rmSync(folder, { recursive: true });
  return {
    seen,
    isKilled,
    outcome: remains.outcome,
    breaches: breaches.map(({ kind, text }) => ({ kind, text: `${operation.name}, killed ${at}: ${text}` })),
  };
}
