import fs from 'node:fs';
import { availableParallelism } from 'node:os';
import { forEachConcurrently } from '@f9/core/driver';
import { LocalFileBackend } from '../src/index.ts';
import type { OneOperation } from './children/one-operation.ts';
import { CONTROLS, isControl } from './naive.ts';
import { FREE_SESSION, type Operation, plantVault } from './operations.ts';
import type { Report } from './report.ts';
import { CALLS, type Injection, type Seen } from './shim.ts';
import { type Breach, breachesOf, inspectRemains, type Outcome } from './verdict.ts';
import type { Workplace } from './workplace.ts';

/** Ways to do I/O, each of which has its own order of calls. */
export interface Configuration {
  readonly io: 'auto' | 'async';
  readonly durability: 'fsync' | 'none';
}

export const CONFIGURATIONS: readonly Configuration[] = (['auto', 'async'] as const).flatMap((io) =>
  (['fsync', 'none'] as const).map((durability) => ({ io, durability })),
);

const WRITES = /^(write|pwrite64|writev|sendfile64|copy_file_range) /;

/**
 * Kills a process at every call of every operation that changes something, halfway through every write, and once the operation is
 * acknowledged; then opens the vault again.
 */
export async function proveKills(
  workplace: Workplace,
  report: Report,
  operations: readonly Operation[],
  configurations: readonly Configuration[] = CONFIGURATIONS,
): Promise<void> {
  report.section(
    'Killed (SIGKILL) at every call that changes something, halfway through every write, and once acknowledged',
  );
  const row = report.table('operation', 'points', 'killed', 'old', 'between', 'new', 'torn', 'left over');
  for (const operation of [...CONTROLS, ...operations]) {
    const results: KillResult[] = [];
    for (const configuration of configurations) {
      results.push(await killEverywhere(workplace, operation, configuration));
    }
    const killed = results.flatMap(({ killed }) => killed);
    const found = results.reduce((sum, { found }) => sum + found, 0);
    const injected = killed.filter(({ isKilled }) => isKilled).length;
    const breaches = killed.flatMap(({ breaches }) => breaches);
    const count = (outcome: Outcome): number => killed.filter((one) => one.outcome === outcome).length;
    const leftovers = breaches.filter(({ kind }) => kind === 'leftover').length;
    row(
      operation.name,
      found,
      injected,
      count('old'),
      count('between'),
      count('new'),
      count('torn'),
      leftovers,
    );
    if (found !== injected)
      report.breach(`${operation.name}: ${found} points found, and ${injected} injected`);
    if (!isControl(operation)) report.breachAll(breaches.map(({ text }) => text));
    else if (!breaches.some(({ kind }) => kind === operation.caughtAt.kill)) {
      report.breach(`${operation.name}: was not caught, so nothing here would be`);
    }
  }
}

interface KillResult {
  readonly found: number;
  readonly killed: readonly Killed[];
}

async function killEverywhere(
  workplace: Workplace,
  operation: Operation,
  configuration: Configuration,
): Promise<KillResult> {
  const whole = await killOnce(workplace, operation, configuration);
  const { calls } = whole.seen;
  const writes = calls.filter((call) => WRITES.test(call));
  const injections: Injection[] = [
    ...calls.map((_, i): Injection => ({ calls: CALLS.change, action: 'kill', point: i + 1 })),
    ...writes.map((_, i): Injection => ({ calls: CALLS.write, action: 'killHalfway', point: i + 1 })),
  ];
  const killed = [whole];
  await forEachConcurrently(injections, availableParallelism() + 1, async (injection) => {
    killed.push(await killOnce(workplace, operation, configuration, injection));
  });
  return { found: injections.length + 1, killed };
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
  const root = workplace.newFolder();
  using shim = workplace.newShim();
  const dead = await workplace.deadProcesses();
  plantVault(operation, root, dead);
  const victim: OneOperation = {
    operation: operation.name,
    options: { root, ...configuration },
    shim: shim.path,
    dead,
    ...(injection === undefined ? {} : { injection }),
  };
  const { signal, output, errors } = await workplace.run(
    'one-operation',
    [victim],
    workplace.underShim(shim, root),
  );
  const seen = shim.seen();

  const isAcknowledged = output === 'acknowledged';
  const isKilled = signal === 'SIGKILL' && (injection === undefined ? isAcknowledged : seen.hits === 1);
  const at = injection === undefined ? 'once it was acknowledged' : `at ${seen.calls.at(-1)}`;
  const breaches: Breach[] = [];
  if (!isKilled) breaches.push({ kind: 'missed', text: `not killed ${at}: ${signal} ${errors}` });

  const backend = await LocalFileBackend.open({ root, durability: 'none' });
  if (operation.holdsSession === true)
    await backend.syncSession(async () => undefined, { timeout: FREE_SESSION });
  await backend[Symbol.asyncDispose]();
  const remains = inspectRemains(operation, 'kill', root);
  breaches.push(...breachesOf(remains, isAcknowledged));
  fs.rmSync(root, { recursive: true });
  return {
    seen,
    isKilled,
    outcome: remains.outcome,
    breaches: breaches.map(({ kind, text }) => ({ kind, text: `${operation.name}, killed ${at}: ${text}` })),
  };
}
