import assert from 'node:assert/strict';
import { createHash, randomUUID } from 'node:crypto';
import { inspect } from 'node:util';
import { type ErrorCode, isFileBackendError, MemoryFileBackend, MemoryStore } from '@f9/core';
import { FAULTS, type Fault, type OpenAIServer, startServer } from '@f9/openai-server';
import { strToU8, zipSync } from 'fflate';
import {
  createVectorStore,
  OpenAIVectorStoreFileBackend,
  type OpenAIVectorStoreOptions,
} from '../src/index.ts';
import { API_KEY, QUICK } from './quick.ts';

/** What is in a vault: a text per file, `null` for a directory. */
export type State = Readonly<Record<string, string | null>>;

export interface Operation {
  readonly name: string;
  readonly options?: Partial<OpenAIVectorStoreOptions>;
  readonly withContentStore?: boolean;
  /** Whether a write was cut off before. */
  readonly littered?: boolean;
  /** Made in this order: a directory that comes after its files is there because of them alone. */
  readonly before: State;
  /** What is there if it succeeds; what is there if it fails is this or `before`. */
  readonly after: State;
  /** What may be there in between, where the operation is more than one step. */
  readonly between?: (state: State) => boolean;
  readonly run: (backend: OpenAIVectorStoreFileBackend) => Promise<unknown>;
}

export interface FaultKind {
  readonly name: string;
  /** Puts the fault at the request number `point` of the operation. */
  readonly inject: (server: OpenAIServer, point: number) => { readonly fired: () => number };
  /** What the operation may fail with; none: it must succeed all the same. */
  readonly codes: readonly ErrorCode[];
}

const once =
  (fault: Fault): FaultKind['inject'] =>
  (server, point) => {
    const injected = server.inject(fault, { skip: point });
    return { fired: () => injected.fired };
  };

const fromThenOn =
  (fault: Fault): FaultKind['inject'] =>
  (server, point) => {
    const injected = server.inject(fault, { skip: point, times: Number.POSITIVE_INFINITY });
    return { fired: () => Math.min(injected.fired, 1) };
  };

const crash =
  (loseLastAnswer: boolean): FaultKind['inject'] =>
  (server, point) => {
    const first = server.requests.length;
    server.crashAfter(loseLastAnswer ? point + 1 : point, { loseLastAnswer });
    return {
      fired: () => {
        const { status, dropped } = server.requests[first + point] ?? {};
        return dropped === true || (loseLastAnswer && status === undefined) ? 1 : 0;
      },
    };
  };

const RETRIED: readonly ErrorCode[] = [];

export const FAULT_KINDS: readonly FaultKind[] = [
  { name: '500 before', inject: once(FAULTS.error), codes: RETRIED },
  { name: '500 after commit', inject: once(FAULTS.commitThenError), codes: RETRIED },
  { name: '503', inject: once(FAULTS.overloaded), codes: RETRIED },
  { name: '408', inject: once(FAULTS.timeout), codes: RETRIED },
  { name: '409', inject: once(FAULTS.conflict), codes: RETRIED },
  { name: '429', inject: once(FAULTS.rateLimitWithoutHint), codes: RETRIED },
  {
    name: '429 with Retry-After',
    inject: once({ kind: 'error', status: 429, retryAfter: 0.02 }),
    codes: RETRIED,
  },
  { name: 'insufficient_quota', inject: once(FAULTS.insufficientQuota), codes: ['QUOTA_EXCEEDED'] },
  { name: '401', inject: once(FAULTS.unauthorized), codes: ['UNAUTHENTICATED'] },
  { name: '403', inject: once(FAULTS.forbidden), codes: ['PERMISSION_DENIED'] },
  { name: 'reset', inject: once(FAULTS.reset), codes: RETRIED },
  { name: 'reset after commit', inject: once(FAULTS.commitThenReset), codes: RETRIED },
  { name: 'silence', inject: once(FAULTS.silence), codes: RETRIED },
  { name: 'silence after commit', inject: once(FAULTS.commitThenSilence), codes: RETRIED },
  { name: 'stalled body', inject: once(FAULTS.stalledBody), codes: RETRIED },
  { name: 'cut body', inject: once(FAULTS.cutBody), codes: RETRIED },
  { name: 'late visibility', inject: once(FAULTS.hidden), codes: RETRIED },
  { name: 'late listing', inject: once(FAULTS.unlisted), codes: RETRIED },
  { name: 'slow processing', inject: once(FAULTS.slowProcessing), codes: RETRIED },
  { name: 'processing failed', inject: once(FAULTS.processingFailed), codes: RETRIED },
  { name: 'processing cancelled', inject: once(FAULTS.processingCancelled), codes: RETRIED },
  {
    name: 'file refused by processing',
    inject: once({ kind: 'processing', status: 'failed', code: 'invalid_file' }),
    codes: ['IO'],
  },
  {
    name: 'file refused when it is added',
    inject: once({ kind: 'error', status: 400, code: 'unsupported_file' }),
    codes: ['IO', 'UNSUPPORTED'],
  },
  { name: 'repeated item', inject: once(FAULTS.repeatedItem), codes: RETRIED },
  { name: 'empty page', inject: once(FAULTS.emptyPage), codes: RETRIED },
  { name: 'ignored cursor', inject: once(FAULTS.ignoredCursor), codes: RETRIED },
  { name: 'paged content', inject: once(FAULTS.pagedContent), codes: RETRIED },
  { name: 'wrong bytes', inject: once(FAULTS.wrongBytes), codes: ['INTEGRITY'] },
  { name: 'outage', inject: fromThenOn(FAULTS.error), codes: ['UNAVAILABLE'] },
  { name: 'rate limit that stays', inject: fromThenOn(FAULTS.rateLimitWithoutHint), codes: ['RATE_LIMITED'] },
  { name: 'crash before', inject: crash(false), codes: ['UNAVAILABLE'] },
  { name: 'crash after commit', inject: crash(true), codes: ['UNAVAILABLE'] },
];

/** 2,600 bytes that do not get smaller. */
export const LARGE: string = Array.from({ length: 41 }, (_, i) =>
  createHash('sha256').update(`large ${i}`).digest('hex'),
)
  .join('')
  .slice(0, 2600);
export const LARGER: string = `${LARGE.slice(100)}${LARGE.slice(0, 700)}`;

/** A document that is larger than its text, one character for each byte. */
const DOCUMENT: string = Buffer.from(
  zipSync({ 'word/document.xml': strToU8('<w:p>text</w:p>'), 'image.png': createHash('sha512').digest() }),
).toString('latin1');

const CARRIER = { inlineLimit: 100, partSize: 2048 } as const;

export const OPERATIONS: readonly Operation[] = [
  {
    name: 'create a small file',
    before: { 'other.md': 'other' },
    after: { 'other.md': 'other', dir: null, 'dir/new.md': 'new' },
    run: (backend) => backend.create('dir/new.md', { data: 'new' }),
  },
  {
    name: 'replace a small file',
    before: { 'a.md': 'old' },
    after: { 'a.md': 'new' },
    run: (backend) => backend.update('a.md', { data: 'new' }),
  },
  {
    name: 'append to a small file',
    before: { 'a.md': 'old' },
    after: { 'a.md': 'old and new' },
    run: (backend) => backend.update('a.md', { data: ' and new', append: true }),
  },
  {
    name: 'append to a file that is not there yet',
    before: {},
    after: { dir: null, 'dir/log.md': 'new' },
    run: (backend) => backend.update('dir/log.md', { data: 'new', append: true, create: true }),
  },
  {
    name: 'edit a small file',
    before: { 'a.md': 'old' },
    after: { 'a.md': 'old and new' },
    run: (backend) => backend.edit('a.md', (bytes) => `${Buffer.from(bytes)} and new`),
  },
  {
    name: 'create a file in parts',
    options: CARRIER,
    before: {},
    after: { 'large.txt': LARGE },
    run: (backend) => backend.streamWrite('large.txt', { chunkSource: [LARGE] }),
  },
  {
    name: 'replace a file in parts',
    options: CARRIER,
    before: { 'large.txt': LARGE },
    after: { 'large.txt': LARGER },
    run: (backend) => backend.update('large.txt', { data: LARGER }),
  },
  {
    name: 'replace a file in a content store',
    options: { inlineLimit: 0 },
    withContentStore: true,
    before: { 'a.txt': LARGE },
    after: { 'a.txt': LARGER },
    run: (backend) => backend.update('a.txt', { data: LARGER }),
  },
  {
    name: 'create a document',
    options: CARRIER,
    before: {},
    after: { 'report.docx': DOCUMENT },
    run: (backend) => backend.create('report.docx', { data: Buffer.from(DOCUMENT, 'latin1') }),
  },
  {
    name: 'make a directory',
    before: {},
    after: { dir: null, 'dir/sub': null },
    run: (backend) => backend.create('dir/sub', { isDirectory: true }),
  },
  {
    name: 'delete the last file of a directory',
    before: { 'dir/a.md': 'old', dir: null },
    after: { dir: null },
    run: (backend) => backend.delete('dir/a.md'),
  },
  {
    name: 'delete a file in parts',
    options: CARRIER,
    before: { 'large.txt': LARGE, 'other.md': 'other' },
    after: { 'other.md': 'other' },
    run: (backend) => backend.delete('large.txt'),
  },
  {
    name: 'delete a tree',
    before: { 'dir/a.md': 'a', 'dir/b.md': 'b', dir: null, 'dir/sub': null, 'other.md': 'other' },
    after: { 'other.md': 'other' },
    between: (state) =>
      state['other.md'] === 'other' &&
      [undefined, 'a'].includes(state['dir/a.md'] ?? undefined) &&
      [undefined, 'b'].includes(state['dir/b.md'] ?? undefined),
    run: (backend) => backend.delete('dir', { recursive: true }),
  },
  {
    name: 'move a file',
    before: { 'dir/a.md': 'old', dir: null },
    after: { dir: null, there: null, 'there/b.md': 'old' },
    between: (state) => state['dir/a.md'] === 'old' && !('there/b.md' in state),
    run: (backend) => backend.move('dir/a.md', 'there/b.md'),
  },
  {
    name: 'move a file over another one',
    before: { 'a.md': 'new', 'b.md': 'old' },
    after: { 'b.md': 'new' },
    run: (backend) => backend.move('a.md', 'b.md', { overwrite: true }),
  },
  {
    name: 'copy a file in parts',
    options: CARRIER,
    before: { 'large.txt': LARGE },
    after: { 'large.txt': LARGE, 'copy.txt': LARGE },
    run: (backend) => backend.copy('large.txt', 'copy.txt'),
  },
  {
    name: 'read a file in parts',
    options: CARRIER,
    before: { 'large.txt': LARGE },
    after: { 'large.txt': LARGE },
    run: async (backend) => assert.equal(await backend.read('large.txt', { binary: false }), LARGE),
  },
  {
    name: 'read, list, match, sum and ask about small files',
    before: { dir: null, 'dir/a.md': 'a', 'dir/b.md': 'b' },
    after: { dir: null, 'dir/a.md': 'a', 'dir/b.md': 'b' },
    run: async (backend) => {
      assert.equal(await backend.read('dir/a.md', { binary: false }), 'a');
      assert.equal((await backend.info('dir/b.md')).size, 1);
      assert.deepEqual(await Array.fromAsync(backend.list('dir'), ({ path }) => path), [
        'dir/a.md',
        'dir/b.md',
      ]);
      assert.deepEqual(await backend.glob('**/*.md'), ['dir/a.md', 'dir/b.md']);
      assert.deepEqual(
        (await backend.globInfo('dir/*')).map(({ size }) => size),
        [1, 1],
      );
      assert.equal((await backend.checksumMany(['dir/a.md', 'dir/b.md'])).size, 2);
    },
  },
  {
    name: 'search',
    before: { 'a.md': 'Tomatoes need water', 'b.md': 'The weather in Rome' },
    after: { 'a.md': 'Tomatoes need water', 'b.md': 'The weather in Rome' },
    run: async (backend) => {
      const found = await backend.search('water for tomatoes');
      assert.deepEqual(
        found.map(({ path }) => path),
        ['a.md'],
      );
    },
  },
  {
    name: 'collect garbage',
    options: CARRIER,
    littered: true,
    before: { 'a.md': 'a' },
    after: { 'a.md': 'a' },
    run: (backend) => backend.collectGarbage({ olderThan: 0 }),
  },
];

export interface Trial {
  readonly operation: Operation;
  readonly kind: FaultKind;
  readonly point: number;
}

/** One server and as many empty stores on it as there are trials. */
export class FaultMatrix implements AsyncDisposable {
  readonly #server: OpenAIServer;
  readonly #timeout: number;

  private constructor(server: OpenAIServer, timeout: number) {
    this.#server = server;
    this.#timeout = timeout;
  }

  /** @param timeout milliseconds after which a silent server is given up; a slow machine must not look like one */
  static async start(timeout: number): Promise<FaultMatrix> {
    // By looks alone, so that an operation makes as many requests on a slow machine as on a quick one.
    const unkind = { settleWithin: Number.POSITIVE_INFINITY };
    return new FaultMatrix(await startServer({ apiKey: API_KEY, unkind }), timeout);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.close();
  }

  /** How many requests the operation makes, opening and disposal included. */
  async countPoints(operation: Operation): Promise<number> {
    const vault = await this.#prepare(operation);
    const first = this.#server.requests.length;
    await run(operation, vault.open());
    return this.#server.requests.length - first;
  }

  /** Puts the fault at that request, and checks what came of it; true if the request came. */
  async try({ operation, kind, point }: Trial): Promise<boolean> {
    const server = this.#server;
    const vault = await this.#prepare(operation);
    const injected = kind.inject(server, point);
    let failure: unknown;
    let failed = false;
    try {
      await run(operation, vault.open());
    } catch (error) {
      failed = true;
      failure = error;
    }
    const fired = injected.fired() > 0;
    server.clearFaults();
    server.resume();
    server.settle();

    if (failed) assertTypedError(failure, fired ? kind.codes : []);
    const uploads = server.snapshot().files.map(({ filename }) => filename);
    assert.equal(new Set(uploads).size, uploads.length, 'No File is uploaded twice');

    await this.#friendly(async () => {
      await using fresh = vault.open();
      const state = await stateOf(fresh);
      assertState(operation, state, failed);
      await fresh.collectGarbage({ olderThan: 0 });
      assert.deepEqual(await stateOf(fresh), state, 'Garbage is no part of the vault');
    });
    await this.#friendly(async () => {
      await using fresh = vault.open();
      assertState(operation, await stateOf(fresh), failed);
      const { removed } = await fresh.collectGarbage({ olderThan: 0, dryRun: true });
      assert.deepEqual(removed, [], 'Nothing is left behind when garbage was collected');
    });
    await this.#clear(vault.id);
    return fired;
  }

  /** A store that holds what the operation starts from. */
  async #prepare({ before, options, withContentStore, littered }: Operation): Promise<Vault> {
    const server = this.#server;
    const blobs = new MemoryStore();
    return await this.#friendly(async () => {
      const id = await createVectorStore({ apiKey: API_KEY, baseURL: server.url, name: 'faults' });
      const open = (): OpenAIVectorStoreFileBackend =>
        new OpenAIVectorStoreFileBackend({
          apiKey: API_KEY,
          baseURL: `${server.url}?process=${randomUUID()}`,
          vectorStoreId: id,
          ...QUICK,
          timeout: this.#timeout,
          ...options,
          ...(withContentStore === true ? { contentStore: new MemoryFileBackend({ store: blobs }) } : {}),
        });
      await using backend = open();
      for (const [path, data] of Object.entries(before)) {
        await backend.create(path, data === null ? { isDirectory: true, overwrite: true } : { data });
      }
      if (littered === true) await this.#litter(open());
      return { id, open };
    });
  }

  /** Cuts a write in parts off when most of it is there. */
  async #litter(backend: OpenAIVectorStoreFileBackend): Promise<void> {
    await using opened = backend;
    await opened.exists('lost.txt');
    this.#server.crashAfter(6);
    await assert.rejects(opened.create('lost.txt', { data: LARGE }));
    await opened[Symbol.asyncDispose]();
    this.#server.resume();
  }

  /** Without unkindness, which is for the operation alone. */
  async #friendly<T>(body: () => Promise<T>): Promise<T> {
    const { unkind } = this.#server;
    const { processedAfter, visibleAfter, listedAfter } = unkind;
    Object.assign(unkind, { processedAfter: 0, visibleAfter: 0, listedAfter: 0 });
    try {
      return await body();
    } finally {
      this.#server.settle();
      Object.assign(unkind, { processedAfter, visibleAfter, listedAfter });
    }
  }

  /** Other trials shall not list what this one uploaded. */
  async #clear(storeId: string): Promise<void> {
    const headers = { authorization: `Bearer ${API_KEY}` };
    const { vectorStores } = this.#server.snapshot();
    const files = vectorStores.find(({ id }) => id === storeId)?.files ?? [];
    for (const { id } of files) await fetch(`${this.#server.url}/files/${id}`, { method: 'DELETE', headers });
    await fetch(`${this.#server.url}/vector_stores/${storeId}`, { method: 'DELETE', headers });
    this.#server.requests.length = 0;
  }
}

interface Vault {
  readonly id: string;
  readonly open: () => OpenAIVectorStoreFileBackend;
}

async function run(operation: Operation, backend: OpenAIVectorStoreFileBackend): Promise<void> {
  await using opened = backend;
  await operation.run(opened);
}

async function stateOf(backend: OpenAIVectorStoreFileBackend): Promise<State> {
  const state: Record<string, string | null> = {};
  for await (const { path, isDir } of backend.list('/', { recursive: true })) {
    state[path] = isDir ? null : Buffer.from(await backend.read(path)).toString('latin1');
  }
  return state;
}

function assertState({ before, after, between }: Operation, state: State, failed: boolean): void {
  if (!failed) assert.deepEqual(state, after, 'It succeeded, so all of it is done');
  const isWhole = [before, after].some((whole) => inspect(sorted(whole)) === inspect(sorted(state)));
  assert.ok(
    isWhole || between?.(state) === true,
    `Neither what was nor what shall be: ${inspect(state).slice(0, 500)}`,
  );
}

function sorted(state: State): [string, string | null][] {
  return Object.entries(state).sort(([a], [b]) => (a < b ? -1 : 1));
}

function assertTypedError(error: unknown, codes: readonly ErrorCode[]): void {
  assert.ok(isFileBackendError(error), `A typed error, not ${inspect(error)}`);
  assert.ok(codes.includes(error.code), `One of ${codes.join() || 'none'}, not ${inspect(error)}`);
  assert.ok(!inspect(error, { depth: 8, showHidden: true }).includes(API_KEY), 'The key stays secret');
  assert.match(error.message, ADVICE, 'It says what to do');
}

const ADVICE =
  /try again|keep the bytes elsewhere|check |see what|read again|write the file again|allow more|remove these/;
