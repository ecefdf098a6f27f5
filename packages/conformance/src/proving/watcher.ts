import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FileBackend, VaultChange } from '@f9/core';

/** Milliseconds between two looks of a watch that is polled. */
const INTERVAL = 5;

/** A watch that is in place, and the state that it has told. */
export class Watcher {
  /** The last change of each path: written, with its etag where one was told, or removed. */
  readonly last: Map<string, VaultChange> = new Map();
  /** Whether changes were missed, so that the state is not complete. */
  hasMissed = false;
  readonly #controller = new AbortController();
  #failure: unknown;
  #isOver = false;

  private constructor(vault: FileBackend, path: string | undefined, onReady: () => void) {
    const options = { signal: this.#controller.signal, interval: INTERVAL, onReady };
    this.#follow(vault.watch(path, options)).catch((error: unknown) => {
      this.#failure = error;
      this.#isOver = true;
      onReady();
    });
  }

  /** Waits until the watch is in place. */
  static async start(vault: FileBackend, path?: string): Promise<Watcher> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const watcher = new Watcher(vault, path, resolve);
    await promise;
    watcher.#assertRuns();
    return watcher;
  }

  /** Waits until `check` no longer throws. */
  async until(check: () => void | Promise<void>, soon: number): Promise<void> {
    for (const deadline = performance.now() + soon; ; ) {
      this.#assertRuns();
      try {
        return await check();
      } catch (error) {
        if (performance.now() > deadline) throw error;
      }
      await sleep(INTERVAL);
    }
  }

  /** Ends the watch, and gives what it rejected with. */
  async abort(reason: unknown): Promise<unknown> {
    this.#controller.abort(reason);
    while (!this.#isOver) await sleep(1);
    return this.#failure;
  }

  async #follow(changes: AsyncIterable<VaultChange>): Promise<void> {
    for await (const change of changes) {
      if (change.kind === 'overflow') this.hasMissed = true;
      this.last.set(change.path, change);
    }
    this.#isOver = true;
  }

  #assertRuns(): void {
    if (this.#failure !== undefined) throw this.#failure;
    assert.equal(this.#isOver, false, 'A watch goes on until it is left or aborted');
  }
}

/**
 * Checks that the files of a vault are those that a watch or a feed last told as written.
 *
 * @param before files that existed when it began
 */
export async function assertFollows(
  vault: FileBackend,
  last: ReadonlyMap<string, VaultChange>,
  before: readonly string[] = [],
): Promise<void> {
  for await (const entry of vault.list('/', { recursive: true })) {
    if (entry.fileType !== 'file') continue;
    const change = last.get(entry.path);
    assert.equal(
      change?.kind,
      'written',
      `${JSON.stringify(entry.path)} was written, and that was told last`,
    );
    if (change.etag === undefined) continue;
    const { etag } = await vault.info(entry.path);
    assert.equal(change.etag, etag, `The last version of ${JSON.stringify(entry.path)} was told`);
  }
  // Files that came and went between two looks need not be told.
  const told = [...last.values()].filter(({ kind }) => kind === 'written').map(({ path }) => path);
  for (const path of [...before, ...told]) {
    if (await vault.exists(path)) continue;
    assert.equal(last.get(path)?.kind, 'removed', `${JSON.stringify(path)} is gone, and that was told last`);
  }
}
