import fs from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { isFileBackendError } from '@f9/core';
import { LocalFileBackend, type LocalFileBackendOptions } from '../../src/index.ts';
import { ERROR_FAULTS, type ErrorFault } from '../error-faults.ts';
import { CONTROLS } from '../naive.ts';
import { type DeadProcesses, FREE_SESSION, OPERATIONS, type Operation, plantVault } from '../operations.ts';
import { type Seen, Shim } from '../shim.ts';
import { readTree } from '../tree.ts';
import { type Breach, breachesOf, inspectRemains, type Outcome } from '../verdict.ts';

// Every error at every call of the operations, one after another in this process, which has to go on after each.

export interface EveryError {
  readonly operations: readonly string[];
  readonly faults: readonly string[];
  readonly options: Pick<LocalFileBackendOptions, 'io' | 'durability'>;
  /** An empty folder. */
  readonly folder: string;
  readonly shim: string;
  readonly dead: DeadProcesses;
}

/** A line of its output. */
export interface ErrorResult {
  readonly operation: string;
  readonly fault: string;
  readonly found: number;
  readonly injected: number;
  readonly outcomes: readonly Outcome[];
  readonly breaches: readonly Breach[];
  /** Vaults with something left over that the next process has to clear away. */
  readonly toReopen: readonly string[];
}

/** Calls that remove something. */
const REMOVALS = /^(unlink|rmdir) /;

/**
 * Node looks whether a root that cannot be made is there already; and what was done under a lock is done, though the lock stays until it
 * is wanted next.
 */
const MAY_FAIL_UNNOTICED = /^mkdir \.\/\d+$|^unlink \S+\/\.f9\/path\.\w+$/;

/**
 * Runs in which the calls are counted, and those in which the last ones of them are waited for: of writes at the same time now and then
 * one more, or one less, opens the directory for a flush of its own.
 */
const [COUNTED, TRIES] = [3, 20];

const {
  operations,
  faults,
  options,
  folder,
  shim: shimPath,
  dead,
}: EveryError = JSON.parse(process.argv[2]!);
process.umask(0o022);
const shim = new Shim(shimPath);
let count = 0;

// Whatever is opened once for all is open from now on.
await attempt({ ...OPERATIONS[0]!, name: 'warm up' }, ERROR_FAULTS[0]!);
for (const operation of [...OPERATIONS, ...CONTROLS].filter(({ name }) => operations.includes(name))) {
  for (const fault of ERROR_FAULTS.filter(({ name }) => faults.includes(name))) {
    console.log(JSON.stringify(await injectEverywhere(operation, fault)));
  }
}

async function injectEverywhere(operation: Operation, fault: ErrorFault): Promise<ErrorResult> {
  const whole: Attempt[] = [];
  for (let run = 0; run < COUNTED; run++) whole.push(await attempt(operation, fault));
  const found = Math.min(...whole.map(({ seen }) => seen.points));
  const attempts: Attempt[] = [];
  for (let point = 1; point <= found; point++) attempts.push(await attemptAt(operation, fault, point));
  return {
    operation: operation.name,
    fault: fault.name,
    found,
    injected: attempts.filter(({ seen }) => seen.hits > 0).length,
    outcomes: attempts.map(({ outcome }) => outcome),
    breaches: [...whole, ...attempts].flatMap(({ breaches }) => breaches),
    toReopen: attempts.filter(({ hasLeftovers }) => hasLeftovers).map(({ root }) => root),
  };
}

/** An attempt that came as far as the call that fails. */
async function attemptAt(operation: Operation, fault: ErrorFault, point: number): Promise<Attempt> {
  for (let tries = 1; ; tries++) {
    const made = await attempt(operation, fault, point);
    if (made.seen.points >= point || tries === TRIES) return made;
  }
}

interface Attempt {
  readonly root: string;
  readonly seen: Seen;
  readonly outcome: Outcome;
  readonly hasLeftovers: boolean;
  readonly breaches: readonly Breach[];
}

async function attempt(operation: Operation, fault: ErrorFault, point?: number): Promise<Attempt> {
  const root = join(folder, `${count++}`);
  plantVault(operation, root, dead);
  const handles = openHandles();
  const backend = new LocalFileBackend({ root, ...options });
  if (operation.opens !== true) await backend.open();
  operation.prepare?.(root, dead);
  const planted = Object.keys(readTree(root));

  if (point === undefined) shim.count(fault.calls);
  else shim.arm({ ...fault, point });
  const error = await failureOf(operation.run(backend, root));
  const seen = shim.disarm();

  const call = point === undefined ? 'no call' : seen.calls[point - 1]!;
  const remains = inspectRemains(operation, fault.lasting === true ? 'lasting error' : 'error', root);
  const leftovers = remains.leftovers.filter((path) => !planted.includes(path));
  // What could not be removed goes at the next open.
  const mayLeave = fault.lasting === true || REMOVALS.test(call);
  const breaches = [
    ...breachesOfError(error, point === undefined ? undefined : fault, call, root),
    ...breachesOf({ ...remains, leftovers: mayLeave ? [] : leftovers }, error === undefined),
  ];
  const cameToNothing = error !== undefined && (remains.outcome === 'old' || operation.opens === true);
  breaches.push(...(await breachesOfGoingOn(operation, backend, root, cameToNothing)));
  const end = inspectRemains(operation, 'lasting error', root);
  if (cameToNothing && end.outcome !== 'new') {
    breaches.push({ kind: 'lost', text: `done again, and ${end.outcome} afterwards` });
  }
  await backend[Symbol.asyncDispose]();
  const leaked = openHandles() - handles;
  if (leaked !== 0) breaches.push({ kind: 'leak', text: `${leaked} handles more than before` });
  const hasLeftovers = end.leftovers.length > 0;
  if (!hasLeftovers) fs.rmSync(root, { recursive: true });
  const where = `${operation.name}, ${fault.name} at ${call}`;
  return {
    root,
    seen,
    outcome: remains.outcome,
    hasLeftovers,
    breaches: breaches.map(({ kind, text }) => ({ kind, text: `${where}: ${text}` })),
  };
}

function breachesOfError(
  error: unknown,
  fault: ErrorFault | undefined,
  call: string,
  root: string,
): Breach[] {
  const breaches: Breach[] = [];
  const breach = (text: string): void => void breaches.push({ kind: 'error', text });
  if (error === undefined) {
    if (fault?.code !== undefined && !MAY_FAIL_UNNOTICED.test(call)) breach('acknowledged all the same');
  } else if (fault?.code === undefined) breach(`failed with ${error}`);
  else if (!isFileBackendError(error, fault.code)) breach(`no ${fault.code} but ${error}`);
  if (inspect(error, { showHidden: true, depth: 9 }).includes(root))
    breach(`tells where the vault is: ${inspect(error)}`);
  return breaches;
}

/** Whether the process goes on: what came to nothing works now, and nobody holds the session any more. */
async function breachesOfGoingOn(
  operation: Operation,
  backend: LocalFileBackend,
  root: string,
  cameToNothing: boolean,
): Promise<Breach[]> {
  const failure = await failureOf(
    (async () => {
      if (cameToNothing) await operation.run(backend, root);
      if (operation.holdsSession === true)
        await backend.syncSession(async () => undefined, { timeout: FREE_SESSION });
    })(),
  );
  return failure === undefined ? [] : [{ kind: 'error', text: `does not work afterwards: ${failure}` }];
}

async function failureOf(running: Promise<unknown>): Promise<unknown> {
  try {
    await running;
    return undefined;
  } catch (error) {
    return error;
  }
}

function openHandles(): number {
  return fs.readdirSync('/proc/self/fd').length;
}
