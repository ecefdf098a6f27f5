import { copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { type ErrorCode, isFileBackendError } from '@f9/core';
import { CALLS, type Injection, Shim } from '../../../local/faults/shim.ts';
import { SqliteFileBackend } from '../../src/index.ts';
import { indexedIn, indexOf } from '../../test/index-contents.ts';
import { FORMER, OPERATIONS, type Operation, PLANTED } from '../operations.ts';

// Every error at every call that writes to the file of a vault, one after another in this process, which has to go on after each.

export interface EveryCall {
  /** An empty folder. */
  readonly folder: string;
  readonly shim: string;
  /** Of each so many points one is tried, and the last. */
  readonly every: number;
}

/** A line of its output. */
export interface CallResult {
  readonly operation: string;
  readonly fault: string;
  readonly found: number;
  readonly tried: number;
  readonly injected: number;
  readonly old: number;
  readonly done: number;
  readonly breaches: readonly string[];
}

interface Fault extends Omit<Injection, 'point'> {
  readonly name: string;
  readonly code: ErrorCode;
}

const FAULTS: readonly Fault[] = [
  { name: 'disk full', calls: CALLS.write, action: 'fail', errno: 'ENOSPC', code: 'NO_SPACE' },
  {
    name: 'disk full from then on',
    calls: CALLS.write,
    action: 'fail',
    errno: 'ENOSPC',
    lasting: true,
    code: 'NO_SPACE',
  },
  {
    name: 'half of it written',
    calls: CALLS.write,
    action: 'shortThenFail',
    errno: 'ENOSPC',
    code: 'NO_SPACE',
  },
  { name: 'EIO', calls: CALLS.change, action: 'fail', errno: 'EIO', code: 'IO' },
];

const { folder, shim: shimPath, every }: EveryCall = JSON.parse(process.argv[2]!);
const shim = new Shim(shimPath);
const template = await plant();
let count = 0;

for (const operation of OPERATIONS) {
  const contents = { old: await contentsAfter(operation, false), new: await contentsAfter(operation, true) };
  for (const fault of FAULTS) console.log(JSON.stringify(await failEverywhere(operation, fault, contents)));
}

interface Contents {
  readonly old: string;
  readonly new: string;
}

async function failEverywhere(operation: Operation, fault: Fault, contents: Contents): Promise<CallResult> {
  const { points } = (await attempt(operation, fault, contents, undefined)).seen;
  const attempts = [];
  for (let point = 1; point <= points; point++) {
    if (point % every === 0 || point === points)
      attempts.push(await attempt(operation, fault, contents, point));
  }
  return {
    operation: operation.name,
    fault: fault.name,
    found: points,
    tried: attempts.length,
    injected: attempts.filter(({ seen }) => seen.hits > 0).length,
    old: attempts.filter(({ outcome }) => outcome === 'old').length,
    done: attempts.filter(({ outcome }) => outcome === 'new').length,
    breaches: attempts.flatMap(({ breaches }) => breaches),
  };
}

interface Attempt {
  readonly seen: ReturnType<Shim['disarm']>;
  readonly outcome: string;
  readonly breaches: readonly string[];
}

async function attempt(
  operation: Operation,
  fault: Fault,
  contents: Contents,
  point: number | undefined,
): Promise<Attempt> {
  const path = newVault();
  const breaches: string[] = [];
  const where = `${operation.name}, ${fault.name} at call ${point}`;
  const breach = (text: string): void => void breaches.push(`${where}: ${text}`);
  const history = operation.keepsHistory === true;
  const vault = new SqliteFileBackend({ path, history });
  await vault.exists('/');

  if (point === undefined) shim.count(fault.calls);
  else shim.arm({ ...fault, point });
  const error = await failureOf(operation.run(vault, path));
  const seen = shim.disarm();

  if (error !== undefined && operation.isControl !== true) {
    if (!isFileBackendError(error, fault.code)) breach(`no ${fault.code} but ${inspect(error)}`);
    if (inspect(error, { showHidden: true, depth: 9 }).includes(folder)) breach('tells where the vault is');
  }
  const outcome = await outcomeOf(vault, path, contents, breach);
  if (outcome === 'between') breach('left something in between');
  if (error === undefined && outcome === 'old') breach('acknowledged, and lost');
  if (error !== undefined && outcome === 'old') {
    const again = await failureOf(operation.run(vault, path));
    if (again !== undefined) breach(`does not work afterwards: ${inspect(again)}`);
    else if ((await outcomeOf(vault, path, contents, breach)) !== 'new')
      breach('done again, and not as it should be');
  }
  await vault.close();
  const reopened = new SqliteFileBackend({ path, history });
  if ((await outcomeOf(reopened, path, contents, breach)) === 'between')
    breach('is between when it is opened again');
  await reopened.close();
  return { seen, outcome, breaches };
}

/** Which of the two there is; and whether the file is whole and its words are those of its files. */
async function outcomeOf(
  vault: SqliteFileBackend,
  path: string,
  contents: Contents,
  breach: (text: string) => void,
): Promise<string> {
  try {
    const texts = await textsOf(vault);
    const { problems } = await vault.check();
    for (const problem of problems) breach(problem);
    // What no write indexes, the search does.
    await vault.search('heron');
    const [indexed, wanted] = [indexedIn(path), indexOf(texts)];
    if (JSON.stringify(indexed) !== JSON.stringify(wanted)) breach('its words are not those of its files');
    const now = JSON.stringify([...texts, await historyOf(vault)]);
    return now === contents.old ? 'old' : now === contents.new ? 'new' : 'between';
  } catch (error) {
    breach(`cannot be read: ${inspect(error)}`);
    return 'between';
  }
}

async function textsOf(vault: SqliteFileBackend): Promise<Map<string, string>> {
  const texts = new Map<string, string>();
  for (const name of await vault.globFiles('**')) texts.set(name, await vault.read(name, { binary: false }));
  return texts;
}

/** What each file is and was, newest first, and where it was deleted. */
async function historyOf(vault: SqliteFileBackend): Promise<readonly unknown[]> {
  if (!vault.capabilities.versions) return [];
  const told: unknown[] = [];
  for (const path of Object.keys(PLANTED)) {
    for await (const { version, deleted } of vault.history(path)) {
      told.push([path, deleted ? null : await vault.read(path, { version, binary: false })]);
    }
  }
  return told;
}

async function contentsAfter(operation: Operation, isDone: boolean): Promise<string> {
  const path = newVault();
  await using vault = new SqliteFileBackend({ path, history: operation.keepsHistory === true });
  await vault.exists('/');
  if (isDone) await operation.run(vault, path);
  return JSON.stringify([...(await textsOf(vault)), await historyOf(vault)]);
}

async function plant(): Promise<string> {
  const path = join(folder, 'template.db');
  await using vault = new SqliteFileBackend({ path, history: true });
  await vault.create(FORMER.path, { data: FORMER.data });
  for (const [name, data] of Object.entries(PLANTED)) await vault.create(name, { data, overwrite: true });
  return path;
}

function newVault(): string {
  const own = join(folder, `${count++}`);
  mkdirSync(own);
  copyFileSync(template, join(own, 'vault.db'));
  return join(own, 'vault.db');
}

async function failureOf(running: Promise<unknown>): Promise<unknown> {
  try {
    await running;
    return undefined;
  } catch (error) {
    return error;
  }
}
