import { setTimeout as sleep } from 'node:timers/promises';
import { isFileBackendError, MemoryFileBackend, mirror } from '@f9/core';
import { S3FileBackend, type S3FileBackendOptions } from '../src/index.ts';
import type { Ceph, S3Server } from './support/ceph.ts';
import { strict } from './support/imitations.ts';
import { newPrefix } from './support/prefix.ts';
import {
  type Answered,
  type Fate,
  type Passing,
  refusal,
  type S3Proxy,
  startProxy,
} from './support/proxy.ts';

/** What is in a vault: text by path. */
type Contents = Readonly<Record<string, string>>;

/** Something that is done to a vault, and what the vault is before and after. */
export interface Operation {
  readonly name: string;
  readonly before: Contents;
  readonly after: Contents;
  /** Each file of its own is old or new; else the vault is all of one. */
  readonly isPerFile?: true;
  /** It moves so many bytes that the server is silent for long without any fault. */
  readonly isLarge?: true;
  readonly run: (vault: S3FileBackend) => Promise<unknown>;
}

/** What happens to a request. */
export interface FaultKind {
  readonly name: string;
  /** Whether it can happen to a request at all. Default: to any. */
  readonly fits?: (passing: Passing) => boolean;
  /** It costs its deadline each time: one that stays is proven elsewhere. */
  readonly once?: true;
  readonly strike: (passing: Passing, forward: (changed?: Passing) => Promise<Answered>) => Promise<Fate>;
  /** When the server is as it was. Default: at once. */
  readonly isOver?: () => Promise<void>;
}

const LARGE = 'x'.repeat(9 * 1024 * 1024);
const MANY = Object.fromEntries(Array.from({ length: 6 }, (_, i) => [`many/${i}.md`, `note ${i}`]));
const FEW: Contents = { 'few/1.md': 'note 1', 'few/2.md': 'note 2' };

async function memoryOf(contents: Contents): Promise<MemoryFileBackend> {
  const source = new MemoryFileBackend();
  for (const [path, data] of Object.entries(contents)) await source.create(path, { data });
  return source;
}

function movedFew(directory: string): Contents {
  return Object.fromEntries(
    Object.entries(FEW).map(([path, text]) => [path.replace(/^few/, directory), text]),
  );
}

export const OPERATIONS: readonly Operation[] = [
  {
    name: 'create',
    before: {},
    after: { 'dir/a.md': 'new' },
    run: (vault) => vault.create('dir/a.md', { data: 'new' }),
  },
  {
    name: 'replace',
    before: { 'a.md': 'old' },
    after: { 'a.md': 'new' },
    run: (vault) => vault.create('a.md', { data: 'new', overwrite: true }),
  },
  {
    name: 'update with ifMatch',
    before: { 'a.md': 'old' },
    after: { 'a.md': 'new' },
    run: async (vault) => {
      const { etag } = await vault.info('a.md');
      await vault.update('a.md', { data: 'new', ifMatch: etag! });
    },
  },
  {
    name: 'append',
    before: { 'a.md': 'old' },
    after: { 'a.md': 'old, new' },
    run: (vault) => vault.update('a.md', { data: ', new', append: true }),
  },
  {
    name: 'append that makes the file',
    before: {},
    after: { 'dir/log.md': 'new' },
    run: (vault) => vault.update('dir/log.md', { data: 'new', append: true, create: true }),
  },
  {
    name: 'edit',
    before: { 'a.md': 'old' },
    after: { 'a.md': 'old, new' },
    run: (vault) => vault.edit('a.md', (bytes) => `${Buffer.from(bytes)}, new`),
  },
  {
    name: 'copy a directory',
    before: { ...FEW, 'b.md': 'B' },
    after: { ...FEW, ...movedFew('copied'), 'b.md': 'B' },
    isPerFile: true,
    run: (vault) => vault.copy('few', 'copied'),
  },
  {
    name: 'create a large file',
    isLarge: true,
    before: {},
    after: { large: LARGE },
    run: (vault) => vault.create('large', { data: LARGE }),
  },
  {
    name: 'copy',
    before: { 'a.md': 'A' },
    after: { 'a.md': 'A', 'b.md': 'A' },
    run: (vault) => vault.copy('a.md', 'b.md'),
  },
  {
    name: 'move',
    before: { 'a.md': 'A' },
    after: { 'b.md': 'A' },
    isPerFile: true,
    run: (vault) => vault.move('a.md', 'b.md'),
  },
  {
    name: 'delete',
    before: { 'a.md': 'A', 'b.md': 'B' },
    after: { 'b.md': 'B' },
    run: (vault) => vault.delete('a.md'),
  },
  {
    name: 'delete a directory',
    before: { ...MANY, 'b.md': 'B' },
    after: { 'b.md': 'B' },
    isPerFile: true,
    run: (vault) => vault.delete('many', { recursive: true }),
  },
  {
    name: 'read, list and sum',
    before: FEW,
    after: FEW,
    run: async (vault) => {
      expectEqual(await contentsOf(vault), FEW);
      await vault.checksumMany(Object.keys(FEW));
      const stream = vault.streamRead('few/2.md', { binary: false, offset: 5 });
      expectEqual((await Array.fromAsync(stream)).join(''), '2');
    },
  },
  {
    name: 'write in a session',
    before: { 'a.md': 'old' },
    after: { 'a.md': 'new' },
    run: (vault) =>
      vault.syncSession(async (session) => {
        await session.update('a.md', { data: 'new' });
        await session.commit();
      }),
  },
  {
    name: 'mirror with prune',
    before: { 'many/0.md': 'other', 'gone.md': 'gone', 'many/1.md': 'note 1' },
    after: { ...MANY },
    isPerFile: true,
    run: async (vault) => {
      const { failed } = await mirror(await memoryOf(MANY), vault, { prune: true, maxDelete: 10 });
      for (const { error } of failed) throw error;
    },
  },
];

const answered = (answer: Answered): Fate => answer;

export const FAULT_KINDS: readonly FaultKind[] = [
  { name: '503', strike: async () => refusal(503, 'SlowDown') },
  { name: '500 before', strike: async () => refusal(500, 'InternalError') },
  {
    name: '500 after it took place',
    strike: async (_, forward) => {
      await forward();
      return refusal(500, 'InternalError');
    },
  },
  {
    name: '409',
    fits: ({ method }) => method === 'PUT' || method === 'POST',
    strike: async () => refusal(409, 'ConditionalRequestConflict'),
  },
  { name: 'reset before', strike: async () => 'reset' },
  {
    name: 'reset after it took place',
    strike: async (_, forward) => {
      await forward();
      return 'reset';
    },
  },
  { name: 'silence', once: true, strike: async () => 'silence' },
  {
    name: 'silence after it took place',
    once: true,
    strike: async (_, forward) => {
      await forward();
      return 'silence';
    },
  },
  {
    name: 'cut answer',
    fits: hasBody,
    strike: async (_, forward) => {
      const answer = await forward();
      return { answer, cutAt: Math.floor(answer.body.length / 2) };
    },
  },
  {
    name: 'shortened answer',
    fits: ({ method, query }) => hasBody({ method }) && (query.has('list-type') || method === 'POST'),
    strike: async (_, forward) => {
      const answer = await forward();
      return answered({ ...answer, body: answer.body.subarray(0, Math.floor(answer.body.length / 2)) });
    },
  },
  {
    name: '200 with an error',
    fits: ({ method, query, headers }) =>
      method === 'POST' || query.has('list-type') || headers['x-amz-copy-source'] !== undefined,
    strike: async () => ({ ...refusal(200, 'InternalError') }),
  },
  {
    // Of a range nothing is known that it could be compared with.
    name: 'flipped answer',
    fits: ({ method, query, headers }) =>
      method === 'GET' && !query.has('list-type') && headers.range === undefined,
    strike: async (_, forward) => {
      const answer = await forward();
      return answered({ ...answer, body: flipped(answer.body) });
    },
  },
  {
    name: 'flipped request',
    fits: ({ body, method }) => method === 'PUT' && body.length > 0,
    strike: async (passing, forward) => answered(await forward({ ...passing, body: flipped(passing.body) })),
  },
  { name: 'keys expired', strike: async ({ method }) => withoutBody(refusal(400, 'ExpiredToken'), method) },
];

/** The server itself is killed while it works on a request, and started again. */
export function gatewayKilled(ceph: Ceph): FaultKind {
  let restarted = Promise.resolve();
  return {
    name: 'gateway killed',
    once: true,
    strike: async (_, forward) => {
      const answer = forward().catch(() => undefined);
      // At any time of the work, which takes some milliseconds.
      await sleep(Math.random() * 8);
      restarted = ceph.restartGateway();
      await Promise.all([restarted, answer]);
      return 'reset';
    },
    isOver: () => restarted,
  };
}

/** Codes that an operation may end with under a fault that stays: all say that trying again can help. */
const MAY_END_WITH: readonly string[] = [
  'RATE_LIMITED',
  'UNAVAILABLE',
  'TIMEOUT',
  'BUSY',
  'INTEGRITY',
  'UNAUTHENTICATED',
  // What was done already, and was not told, is found in the way of itself or gone.
  'ALREADY_EXISTS',
  'NOT_FOUND',
  'PRECONDITION_FAILED',
  'LOCK_LOST',
];

/** Puts a fault at every request of an operation and looks at what is left. */
export class FaultMatrix implements AsyncDisposable {
  readonly #server: S3Server;
  readonly #proxy: S3Proxy;
  readonly #isStrict: boolean;
  readonly #kinds: readonly FaultKind[];
  /** Every request to come, until the fault is through. */
  #strike:
    | ((passing: Passing, forward: (changed?: Passing) => Promise<Answered>) => Promise<Fate> | undefined)
    | undefined;

  private constructor(server: S3Server, proxy: S3Proxy, isStrict: boolean, kinds: readonly FaultKind[]) {
    this.#kinds = kinds;
    this.#server = server;
    this.#proxy = proxy;
    this.#isStrict = isStrict;
    const through = isStrict
      ? strict(server)
      : async (_: Passing, forward: () => Promise<Answered>) => await forward();
    proxy.between = async (passing, forward) => {
      const real = async (changed: Passing = passing): Promise<Answered> =>
        (await through(changed, () => forward(changed))) as Answered;
      return (await this.#strike?.(passing, real)) ?? (await real());
    };
  }

  static async start(
    server: S3Server,
    isStrict: boolean,
    kinds: readonly FaultKind[] = FAULT_KINDS,
  ): Promise<FaultMatrix> {
    return new FaultMatrix(server, await startProxy(server), isStrict, kinds);
  }

  get name(): string {
    return this.#isStrict ? 'a store that looks at every condition' : 'this store';
  }

  /** How many requests of an operation a fault can happen to, by the fault, where nothing is wrong. */
  async countPoints(operation: Operation): Promise<ReadonlyMap<FaultKind, number>> {
    const requests = await this.#requestsOf(operation);
    const fitting = (kind: FaultKind): number =>
      requests.filter((each) => kind.fits?.(each) !== false).length;
    return new Map(this.#kinds.map((kind) => [kind, fitting(kind)]));
  }

  async #requestsOf(operation: Operation): Promise<readonly Passing[]> {
    const { options } = await this.#prepare(operation);
    await using vault = new S3FileBackend(options);
    await vault.open();
    this.#proxy.passed.length = 0;
    await operation.run(vault);
    return [...this.#proxy.passed];
  }

  /**
   * Has the fault strike one of the requests that it can happen to, by their order, and with `stays` all that follow.
   *
   * @returns whether there was one @throws where the vault is neither old nor new, or the error none that says what to do
   */
  async try(operation: Operation, kind: FaultKind, point: number, stays: boolean): Promise<boolean> {
    const { options, direct } = await this.#prepare(operation);
    // What the store honours is found out in peace, and known to all vaults of a process.
    await using calm = new S3FileBackend(options);
    await calm.open();
    // A busy machine is silent for a while without any fault.
    const timeout = kind.once === true && operation.isLarge !== true ? 1500 : 10_000;
    await using vault = new S3FileBackend({ ...options, timeout, maxRetries: stays ? 1 : 3 });
    await vault.open();
    let at = 0;
    let struck = false;
    this.#strike = (passing, forward) => {
      // Many go out at once, in no order: what counts is how many of the kind came before.
      if (kind.fits?.(passing) === false) return undefined;
      const isHit = stays ? at++ >= point : at++ === point;
      if (!isHit) return undefined;
      struck = true;
      return kind.strike(passing, forward);
    };
    let failure: unknown;
    try {
      await operation.run(vault);
    } catch (error) {
      failure = error;
    } finally {
      this.#strike = undefined;
      // It has every body.
      this.#proxy.passed.length = 0;
      await kind.isOver?.();
    }
    if (failure !== undefined) assertTyped(failure, this.#server.secretAccessKey);
    if (struck && !stays && failure !== undefined && !mayFailOnce(kind)) throw failure;
    const now = await contentsOf(direct);
    await direct.close();
    assertOldOrNew(operation, now, failure === undefined);
    return struck;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#proxy[Symbol.asyncDispose]();
  }

  async #prepare({ before }: Operation): Promise<{ options: S3FileBackendOptions; direct: S3FileBackend }> {
    const near = newPrefix(this.#server);
    const direct = new S3FileBackend(near);
    for (const [path, data] of Object.entries(before)) await direct.create(path, { data });
    const { accessKeyId, secretAccessKey } = this.#server;
    const { accessKeyId: _, secretAccessKey: __, ...rest } = near;
    // Keys that can be asked for anew.
    const credentials = async () => ({ accessKeyId, secretAccessKey });
    return { options: { ...rest, credentials, endpoint: this.#proxy.endpoint }, direct };
  }
}

/** A fault that one repetition does not get past: the answer of a stream is used up by then, or the server is not there yet. */
function mayFailOnce({ name }: FaultKind): boolean {
  return name === 'flipped answer' || name === 'gateway killed';
}

function assertTyped(error: unknown, secret: string): void {
  if (!isFileBackendError(error) || !MAY_END_WITH.includes(error.code)) throw error;
  if (`${error.message}${JSON.stringify(error)}${error.stack}`.includes(secret))
    throw new Error('A secret is told');
}

function assertOldOrNew({ before, after, isPerFile }: Operation, now: Contents, isDone: boolean): void {
  if (isDone) {
    expectEqual(now, after);
    return;
  }
  if (isPerFile !== true) {
    const isOld = JSON.stringify(sorted(now)) === JSON.stringify(sorted(before));
    if (!isOld) expectEqual(now, after);
    return;
  }
  for (const path of new Set([...Object.keys(before), ...Object.keys(after), ...Object.keys(now)])) {
    const text = now[path];
    if (text !== before[path] && text !== after[path])
      throw new Error(`${path} is neither old nor new: ${text?.slice(0, 50)}`);
  }
  // Nothing is lost on its way from one name to another.
  for (const [path, text] of Object.entries(before)) {
    if (Object.values(after).includes(text) && !Object.values(now).includes(text))
      throw new Error(`${path} is lost`);
  }
}

async function contentsOf(vault: S3FileBackend): Promise<Contents> {
  const contents: Record<string, string> = {};
  for (const path of await vault.glob('**')) contents[path] = await vault.read(path, { binary: false });
  return contents;
}

function expectEqual(now: unknown, wanted: unknown): void {
  const [a, b] = [JSON.stringify(sorted(now)), JSON.stringify(sorted(wanted))];
  if (a !== b) throw new Error(`There is ${a.slice(0, 500)}, not ${b.slice(0, 500)}`);
}

function sorted(value: unknown): unknown {
  return typeof value === 'object' && value !== null
    ? Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1))
    : value;
}

function flipped(bytes: Buffer): Buffer {
  const changed = Buffer.from(bytes);
  if (changed.length > 0) changed[Math.floor(changed.length / 2)]! ^= 1;
  return changed;
}

function hasBody({ method }: Pick<Passing, 'method'>): boolean {
  return method === 'GET' || method === 'POST';
}

function withoutBody(answer: Answered, method: string): Answered {
  return method === 'HEAD' ? { ...answer, body: Buffer.alloc(0) } : answer;
}
