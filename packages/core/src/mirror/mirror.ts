import { assertPositiveInteger } from '../arguments.ts';
import type { FileBackend, OperationOptions } from '../backend.ts';
import { backendError, type ErrorCode, type FileBackendError, isFileBackendError } from '../errors.ts';
import type { FileInfo } from '../file-info.ts';
import { type BackendPath, compareBytes, parentPath, ROOT } from '../path.ts';
import { forEachConcurrently } from '../pool.ts';
import { infos } from './compare.ts';
import { copyVerified } from './copy-file.ts';
import type { MirrorChange, MirrorOptions, MirrorResult } from './options.ts';
import { type MirrorPlan, planMirror } from './plan.ts';
import { ProgressCounter } from './progress.ts';

const DEFAULT_CONCURRENCY = 8;

/** What will fail for every other file as well: the rest is not tried. */
const HOPELESS: readonly ErrorCode[] = [
  'UNAUTHENTICATED',
  'QUOTA_EXCEEDED',
  'NO_SPACE',
  'READ_ONLY',
  'CLOSED',
];

/**
 * Makes the files of `target` those of `source`, moving only what changed. Each file is replaced whole and verified; a file that
 * fails does not stop the others. Interrupted at any moment, it can be run again. Directories without files are left alone.
 *
 * @throws `INVALID_ARGUMENT` pruning by an empty source; whatever listing or comparing throws; `signal.reason`
 */
export async function mirror(
  source: FileBackend,
  target: FileBackend,
  options: MirrorOptions = {},
): Promise<MirrorResult> {
  const { concurrency = DEFAULT_CONCURRENCY, dryRun = false, signal } = options;
  assertPositiveInteger('concurrency', concurrency);
  const operation: OperationOptions = signal === undefined ? {} : { signal };
  const progress = new ProgressCounter(options.onProgress);
  const plan = await planMirror(source, target, options, { ...operation, concurrency }, progress);
  if (dryRun) return toResult(plan, 0);
  const run = new MirrorRun(source, target, plan, operation, concurrency, progress);
  return await run.execute();
}

/** Carries a plan out and writes down what came of it. */
class MirrorRun {
  readonly #source: FileBackend;
  readonly #target: FileBackend;
  readonly #plan: MirrorPlan;
  readonly #operation: OperationOptions;
  readonly #concurrency: number;
  readonly #progress: ProgressCounter;
  readonly #failed = new Map<string, FileBackendError>();
  #hopeless: FileBackendError | undefined;

  constructor(
    source: FileBackend,
    target: FileBackend,
    plan: MirrorPlan,
    operation: OperationOptions,
    concurrency: number,
    progress: ProgressCounter,
  ) {
    this.#source = source;
    this.#target = target;
    this.#plan = plan;
    this.#operation = operation;
    this.#concurrency = concurrency;
    this.#progress = progress;
  }

  async execute(): Promise<MirrorResult> {
    const { moves, copies, updates, deletions } = this.#plan;
    const writes = [...copies, ...updates];
    const updated = new Set(updates.map(({ path }) => path));
    const copy = (path: string, overwrite = updated.has(path)): Promise<void> =>
      copyVerified(this.#source, this.#target, path, overwrite, this.#progress, this.#operation);

    this.#progress.start('moving', moves.length);
    await this.#each(moves, async ({ from, path, checksum }) => {
      await this.#target.move(from, path, this.#operation);
      // Somebody else may have written it between the comparison and the move.
      if ((await this.#target.checksum(path, this.#operation)) !== checksum) await copy(path, true);
    });

    this.#progress.start('copying', writes.length);
    await this.#each(writes, ({ path }) => copy(path));

    this.#progress.start('deleting', deletions.length);
    await this.#each(deletions, ({ path, info }) => this.#deleteSeen(path, info));
    await this.#removeEmptied([...deletions.map(({ path }) => path), ...moves.map(({ from }) => from)]);

    // A file may have stood where a directory had to be, or the other way round, until it was pruned.
    const blocked = [...moves, ...writes].filter(({ path }) => {
      const code = this.#failed.get(path)?.code;
      return code === 'NOT_DIRECTORY' || code === 'IS_DIRECTORY' || code === 'ALREADY_EXISTS';
    });
    if (deletions.length + moves.length > 0 && blocked.length > 0) {
      for (const { path } of blocked) this.#failed.delete(path);
      this.#progress.start('copying', blocked.length);
      await this.#each(blocked, ({ path }) => copy(path));
    }

    this.#progress.start('done', 0);
    return this.#result();
  }

  /** Runs `work` on every item; failures are kept, an abort ends it. */
  async #each<T extends { readonly path: string }>(
    items: readonly T[],
    work: (item: T) => Promise<void>,
  ): Promise<void> {
    const { signal } = this.#operation;
    await forEachConcurrently(items, this.#concurrency, async (item) => {
      signal?.throwIfAborted();
      try {
        if (this.#hopeless !== undefined) throw notTried(item.path, this.#hopeless);
        await work(item);
      } catch (error) {
        signal?.throwIfAborted();
        if (!isFileBackendError(error)) throw error;
        this.#failed.set(item.path, error);
        if (HOPELESS.includes(error.code)) this.#hopeless ??= error;
      }
      this.#progress.finish(item.path);
    });
  }

  /** Deletes the file that was compared, not one that somebody put there since. */
  async #deleteSeen(path: string, { etag }: FileInfo): Promise<void> {
    const guarded = etag !== undefined && this.#target.capabilities.ifMatch !== false;
    await this.#target
      .delete(path, guarded ? { ...this.#operation, ifMatch: etag } : this.#operation)
      .catch((error: unknown) => {
        if (!isFileBackendError(error, 'NOT_FOUND')) throw error;
      });
  }

  /** Removes the directories that pruning emptied, where the source has none of that name. */
  async #removeEmptied(paths: readonly string[]): Promise<void> {
    const directories = new Set<BackendPath>();
    for (const path of paths) {
      for (let parent = parentPath(path as BackendPath); parent !== ROOT; parent = parentPath(parent))
        directories.add(parent);
    }
    // Backwards, so that a directory comes after those in it.
    for (const directory of [...directories].sort(compareBytes).reverse()) {
      const [ofSource] = (
        await infos(this.#source, [directory], { ...this.#operation, concurrency: 1 })
      ).values();
      if (ofSource?.isDir === true) continue;
      await this.#target.delete(directory, this.#operation).catch((error: unknown) => {
        if (!isFileBackendError(error)) throw error;
      });
    }
  }

  #result(): MirrorResult {
    const { moves, copies, updates, deletions, refused, unchanged } = this.#plan;
    const succeeded = ({ path }: MirrorChange): boolean => !this.#failed.has(path);
    return toResult(
      {
        moves: moves.filter(succeeded),
        copies: copies.filter(succeeded),
        updates: updates.filter(succeeded),
        deletions: deletions.filter(succeeded),
        refused: [...refused, ...Array.from(this.#failed, ([path, error]) => ({ path, error }))],
        unchanged,
      },
      this.#progress.bytes,
    );
  }
}

function toResult(plan: MirrorPlan, bytes: number): MirrorResult {
  return {
    copied: plan.copies.toSorted(byPath),
    updated: plan.updates.toSorted(byPath),
    moved: plan.moves.map(({ path, from, reason }) => ({ path, from, reason })).sort(byPath),
    deleted: plan.deletions.map(({ path, reason }) => ({ path, reason })).sort(byPath),
    unchanged: plan.unchanged,
    failed: plan.refused.map(({ path, error }) => ({ path, reason: error.message, error })).sort(byPath),
    bytes,
  };
}

function byPath(a: { readonly path: string }, b: { readonly path: string }): number {
  return compareBytes(a.path, b.path);
}

function notTried(path: string, why: FileBackendError): FileBackendError {
  const message = `${JSON.stringify(path)} was not tried, since this will fail for every file: ${why.message}`;
  return backendError(why.code, message, { operation: 'mirror', path });
}
