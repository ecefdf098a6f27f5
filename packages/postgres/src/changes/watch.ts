import { setTimeout as sleep } from 'node:timers/promises';
import { isFileBackendError, type VaultChange, type VaultChanges } from '@f9/core';
import {
  type BackendPath,
  type DriverOptions,
  type DriverWatchOptions,
  isWithin,
  pause,
  untilAborted,
} from '@f9/core/driver';
import type { Connection } from '../database/connection.ts';
import { explainPostgres } from '../errors.ts';
import type { OpenVault } from '../vault/open-vault.ts';
import { changesSince } from './feed.ts';

/** Milliseconds between two attempts to listen or to look again. */
const PAUSE = 500;

/**
 * Changes as they are committed. The server's notification only tells that there are some; they are read from the feed, so that none
 * is missed while the connection is made anew.
 */
export async function* watchVault(
  vault: OpenVault,
  path: BackendPath,
  { signal, session, onReady }: DriverWatchOptions,
): AsyncGenerator<VaultChange, void, void> {
  const bell = new Bell(vault);
  try {
    await bell.listen();
    let { cursor } = await changesSince(vault, undefined, { signal, session });
    onReady();
    while (true) {
      await untilAborted(bell.next(), signal);
      const piece = await look(vault, cursor, { signal, session });
      cursor = piece.cursor;
      for (const change of piece.changes) {
        if (change.kind === 'overflow' || isWithin(change.path as BackendPath, path)) yield change;
      }
    }
  } finally {
    await bell.close();
  }
}

/** The changes since the cursor, asked for until there is an answer: what cannot be had for now can be later. */
async function look(vault: OpenVault, cursor: string, options: DriverOptions): Promise<VaultChanges> {
  while (true) {
    try {
      return await changesSince(vault, cursor, options);
    } catch (error) {
      if (!isFileBackendError(error) || !error.retryable) throw error;
      await pause(PAUSE, options.signal);
    }
  }
}

/** Rings when something was committed, and when that may have been missed. */
class Bell {
  readonly #vault: OpenVault;
  #connection: Connection | undefined;
  #rung = Promise.withResolvers<void>();
  #isClosed = false;

  constructor(vault: OpenVault) {
    this.#vault = vault;
  }

  /** Resolves at the next ring; at once if it rang since the last call. */
  async next(): Promise<void> {
    await this.#rung.promise;
    this.#rung = Promise.withResolvers();
  }

  async listen(): Promise<void> {
    const connection = this.#vault.pool.extra({
      onNotify: () => this.#rung.resolve(),
      onLost: () => void this.#again(),
    });
    this.#connection = connection;
    try {
      await connection.script(`LISTEN ${this.#vault.schema}`);
    } catch (error) {
      await connection.close();
      throw explainPostgres(error);
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#connection?.close();
  }

  async #again(): Promise<void> {
    await sleep(PAUSE);
    if (this.#isClosed) return;
    try {
      await this.listen();
      this.#rung.resolve();
    } catch {
      // A connection that did not come about is tried again like one that was lost.
    }
  }
}
