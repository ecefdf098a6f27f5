import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type Capabilities,
  type ErrorCode,
  type FileBackend,
  type FileBackendError,
  isFileBackendError,
  type SyncFileBackend,
} from '@f9/core';
import type { CloneOptions, ConformanceHarness, ConformanceStore } from '../harness/harness.ts';
import { OtherProcess } from '../processes/other-process.ts';
import { assertBytes, bytes } from './bytes.ts';
import { assertErrorShape, failureOf } from './failures.ts';
import type { Pace } from './pace.ts';
import type { PendingWork } from './pending-work.ts';
import { stillOpen } from './resources.ts';
import { turns } from './turns.ts';
import { snapshot } from './vault-contents.ts';

/** Part of the patience that a failed case gets to close what it left open. */
const ABANDON_SHARE = 20;
/** Part of the patience that counts as soon. */
const SOON_SHARE = 5;

/** Everything that a case works with: a store of its own, and backends on it. */
export class CaseContext {
  /** The harness of the backend's author. */
  readonly harness: ConformanceHarness;
  /** The store of this case alone. */
  readonly store: ConformanceStore;
  /** A backend that was never used, on an empty store. */
  readonly backend: FileBackend;
  readonly #pace: Pace;
  readonly #pending: PendingWork;
  readonly #others: FileBackend[] = [];
  readonly #processes: OtherProcess[] = [];

  private constructor(
    harness: ConformanceHarness,
    pace: Pace,
    pending: PendingWork,
    store: ConformanceStore,
    backend: FileBackend,
  ) {
    this.harness = harness;
    this.store = store;
    this.backend = backend;
    this.#pace = pace;
    this.#pending = pending;
  }

  /** @param pending notices every call */
  static async open(harness: ConformanceHarness, pace: Pace, pending: PendingWork): Promise<CaseContext> {
    const store = pending.watch(await pending.during('createStore()', () => harness.createStore()), 'store.');
    const backend = pending.watch(await store.createBackend());
    return new CaseContext(harness, pace, pending, store, backend);
  }

  /** Capabilities of the backend. */
  get capabilities(): Capabilities {
    return this.backend.capabilities;
  }

  /** Another backend on the same store, as another process would have it. */
  async another(): Promise<FileBackend> {
    const backend = this.#pending.watch(await this.store.createBackend());
    this.#others.push(backend);
    return backend;
  }

  /** Another vault on the same remote. */
  async clone(options: Partial<CloneOptions> = {}): Promise<SyncFileBackend> {
    const made = await this.store.createClone!({ autoPull: false, autoPush: false, ...options });
    const backend = this.#pending.watch(made, 'clone.');
    this.#others.push(backend);
    return backend;
  }

  /** Other processes, or threads of this one, that have opened the store. */
  async processes(count: number, kind?: 'thread'): Promise<OtherProcess[]> {
    const start = async (): Promise<OtherProcess> => {
      const other = await OtherProcess.start(this.store.processModule!, kind);
      this.#processes.push(other);
      // The case itself decides about the end of a process.
      return this.#pending.watch(other, 'otherProcess.', ['run', 'hasTold']);
    };
    return await this.#pending.during(
      `starting ${count} processes`,
      () => Promise.all(Array.from({ length: count }, start)),
      false,
    );
  }

  /** Runs `body` on a store of its own, for cases that need several. */
  async again(
    body: (context: CaseContext) => Promise<void>,
    harness: ConformanceHarness = this.harness,
  ): Promise<void> {
    const context = await CaseContext.open(harness, this.#pace, this.#pending);
    try {
      await body(context);
    } finally {
      await context.close();
    }
  }

  /** `many`, or `few` where every operation is slow. */
  scaled(many: number, few: number): number {
    return this.#pace.slow ? few : many;
  }

  /** Whether this is the long run, which may take minutes. */
  get isLong(): boolean {
    return this.harness.long ?? process.env.F9_LONG === '1';
  }

  /** A number of rounds: `everyday`, less where every operation is slow, or `long` in the long run. */
  rounds(everyday: number, long: number): number {
    if (this.isLong) return long;
    return this.scaled(everyday, Math.ceil(everyday / 4));
  }

  /** Milliseconds within which something must happen that waits for no time limit of the store's. */
  get soon(): number {
    return this.#pace.patience / SOON_SHARE;
  }

  /** Whether the store can have this path; if not, another case proves that it is refused. */
  keepsName(path: string): boolean {
    return !path.split('/').some((name) => this.harness.refusesName?.(name) === true);
  }

  /** The number of open handles and the like, as the harness counts them. */
  async resources(): Promise<number> {
    return (await this.harness.resources?.()) ?? 0;
  }

  /** Checks that no more resources are open than `before`, now and not only later. */
  async released(before: number): Promise<void> {
    await turns(1);
    const now = await this.resources();
    assert.ok(now <= before, `${now - before} more are open than before`);
  }

  /** Checks that no more resources are open than `before`, now or soon: nothing waits for their release. */
  async releasedSoon(before: number): Promise<void> {
    assert.equal(await stillOpen(this.harness, before, this.#pace), 0, 'More are open than before');
  }

  /** Checks the view of another backend; where consistency is eventual, again until it holds or `settleWithin` has passed. */
  async seen(check: (fresh: FileBackend) => Promise<void>): Promise<void> {
    const { consistency, settleWithin } = this.capabilities;
    const deadline = performance.now() + (consistency === 'eventual' ? settleWithin : 0);
    for (let pause = 5; ; pause *= 2) {
      const fresh = await this.another();
      try {
        return await check(fresh);
      } catch (error) {
        if (error instanceof NeverValid || performance.now() >= deadline) throw error;
      }
      await sleep(Math.min(pause, Math.max(1, deadline - performance.now())));
    }
  }

  /** Checks that this backend, which wrote it, and another one read `content` at `path`; see `appears`. */
  async holds(
    path: string,
    content: Uint8Array | string,
    ...older: readonly (Uint8Array | string)[]
  ): Promise<void> {
    assertBytes(await this.backend.read(path), content, `What ${JSON.stringify(path)} holds`);
    await this.appears(path, content, ...older);
  }

  /**
   * Checks that another backend reads `content` at `path`. Where consistency is eventual it may lag, and find no file or one of the
   * `older` versions, but never anything else.
   */
  async appears(
    path: string,
    content: Uint8Array | string,
    ...older: readonly (Uint8Array | string)[]
  ): Promise<void> {
    await this.seen(async (fresh) => {
      const actual = await fresh.read(path);
      const isOld = older.some((version) => equal(actual, version));
      try {
        assertBytes(actual, content, `What another backend finds at ${JSON.stringify(path)}`);
      } catch (error) {
        throw isOld ? error : new NeverValid(error);
      }
    });
  }

  /** Checks that this backend and another one find nothing at `path`. */
  async isAbsent(path: string): Promise<void> {
    const message = `Nothing may be at ${JSON.stringify(path)}`;
    assert.equal(await this.backend.exists(path), false, message);
    await this.seen(async (fresh) => assert.equal(await fresh.exists(path), false, message));
  }

  /** Runs `work` and checks that it changed nothing in the whole vault. */
  async unchangedBy(work: () => Promise<unknown>): Promise<void> {
    const before = await snapshot(this.backend);
    await work();
    const message = 'Nothing in the vault may have changed';
    assert.deepEqual(await snapshot(this.backend), before, message);
    await this.seen(async (fresh) => assert.deepEqual(await snapshot(fresh), before, message));
  }

  /** Checks that `work` rejects with a well-made error of this code that gives no secret away. */
  async rejects(
    work: Promise<unknown>,
    code: ErrorCode,
    where: { readonly operation?: string; readonly path?: string } = {},
  ): Promise<FileBackendError> {
    const error = await failureOf(work, code);
    assert.ok(isFileBackendError(error), `${code} was expected, not ${String(error)}`);
    assert.equal(error.code, code, `${code} was expected, not ${error.code}: ${error.message}`);
    assertErrorShape(error, this.store.secrets ?? []);
    if (where.operation !== undefined) assert.equal(error.operation, where.operation, 'error.operation');
    if (where.path !== undefined) assert.equal(error.path, where.path, 'error.path');
    return error;
  }

  /** Disposes everything that the case opened. */
  async close(): Promise<void> {
    try {
      for (const other of this.#processes) await other[Symbol.asyncDispose]();
      for (const backend of [...this.#others, this.backend]) await backend[Symbol.asyncDispose]();
    } finally {
      await this.store.dispose?.();
    }
  }

  /** Disposes everything that a failed case left open, without waiting for calls that hang. */
  async abandon(): Promise<void> {
    const patience = this.#pace.patience / ABANDON_SHARE;
    const opened = [...this.#processes, ...this.#others, this.backend];
    await Promise.race([
      Promise.allSettled(opened.map((each) => each[Symbol.asyncDispose]())),
      sleep(patience),
    ]);
    await Promise.race([Promise.allSettled([this.store.dispose?.()]), sleep(patience)]);
  }
}

/** An error for a state that is wrong however long one waits. */
class NeverValid extends Error {
  constructor(cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

function equal(actual: Uint8Array, expected: Uint8Array | string): boolean {
  return Buffer.compare(actual, typeof expected === 'string' ? bytes(expected) : expected) === 0;
}
