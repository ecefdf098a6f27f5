import { performance } from 'node:perf_hooks';
import { DEFAULT_SESSION_TIMEOUT, isFileBackendError } from '@f9/core';
import { type RunContext, SharedRun } from '@f9/core/driver';
import type { VaultLock } from '@f9/local';
import { isOffline } from '../errors.ts';
import type { Holder } from './holder.ts';

/** The options for pulling and pushing by itself. */
interface AutoSyncOptions {
  readonly autoPull: boolean;
  readonly autoPush: boolean;
  /** Milliseconds. */
  readonly maxStale: number;
}

/** The work to do while the clone is held. */
interface AutoSyncWork {
  pull(signal: AbortSignal): Promise<void>;
  push(lock: VaultLock, signal: AbortSignal): Promise<void>;
}

/** Pulls before reads and pushes after writes; callers at the same time share one run. */
export class AutoSync {
  readonly #options: AutoSyncOptions;
  readonly #holder: Holder;
  readonly #work: AutoSyncWork;
  readonly #pulling: SharedRun<void> = new SharedRun((context) => this.#pull(context));
  readonly #pushing: SharedRun<void> = new SharedRun((context) => this.#push(context));
  /** The time when the remote was last asked, or could not be: `performance.now()`. */
  #lookedAt = Number.NEGATIVE_INFINITY;

  constructor(options: AutoSyncOptions, holder: Holder, work: AutoSyncWork) {
    this.#options = options;
    this.#holder = holder;
    this.#work = work;
  }

  /** Notes that the vault is as the remote is now. */
  noteLook(): void {
    this.#lookedAt = performance.now();
  }

  /** Makes sure that a read is recent enough. */
  async freshen(signal: AbortSignal | undefined): Promise<void> {
    const { autoPull, maxStale } = this.#options;
    if (autoPull && performance.now() - this.#lookedAt >= maxStale) await this.#pulling.join(signal);
  }

  /** Publishes a write that just ended. @throws what a push throws, with `stored` */
  async publish(signal: AbortSignal | undefined): Promise<void> {
    if (!this.#options.autoPush) return;
    try {
      await this.#pushing.join(signal);
    } catch (error) {
      if (isFileBackendError(error)) Object.assign(error, { stored: true });
      throw error;
    }
  }

  /** Waits for runs whose callers have left. */
  async idle(): Promise<void> {
    await this.#pulling.idle();
    await this.#pushing.idle();
  }

  async #pull({ signal, begin }: RunContext): Promise<void> {
    try {
      // While a session holds the clone, reads go on with what is here.
      const lock = await this.#holder.tryAcquire(signal);
      if (lock === undefined) return;
      begin();
      try {
        await this.#work.pull(signal);
      } finally {
        await this.#holder.release(lock);
      }
    } catch (error) {
      // Offline, or with conflicts to settle, reads go on with what is here.
      if (!isOffline(error) && !isFileBackendError(error, 'SYNC_CONFLICT')) throw error;
      this.noteLook();
    }
  }

  async #push({ signal, begin }: RunContext): Promise<void> {
    const lock = await this.#holder.acquire(DEFAULT_SESSION_TIMEOUT, signal);
    try {
      begin();
      await this.#work.push(lock, signal);
    } finally {
      await this.#holder.release(lock);
    }
  }
}
