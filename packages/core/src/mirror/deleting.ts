import type { FileToRemove, RemoveResults } from '../driver/options.ts';
import { isFileBackendError } from '../errors.ts';
import type { FileInfo } from '../file-info.ts';
import { settleEach } from '../operations/bulk.ts';
import { deleteMany, infoMany, operationsOnMany } from '../operations/many.ts';
import type { Operations } from '../operations/operations.ts';
import { deepestFirst } from '../paths/levels.ts';
import { type BackendPath, parentPath } from '../paths/path.ts';
import { forEachConcurrently } from '../tasks/for-each-concurrently.ts';
import { batches, MOST_FILES } from './batches.ts';
import type { PlannedDeletion } from './plan.ts';
import { attemptEach, changedMeanwhile, guard, unlessGone, unwrapped, type Work } from './work.ts';

/** Deletes from the target what the source does not have. */
export class Deleting {
  readonly #work: Work;
  /** Files that the source has again: they are neither deleted nor failed. */
  readonly kept: Set<string> = new Set();

  constructor(work: Work) {
    this.#work = work;
  }

  /** Deletes the files that were compared; those that somebody put there since, and those that the source has again, stay. */
  async all(deletions: readonly PlannedDeletion[]): Promise<void> {
    const onto = operationsOnMany(this.#work.target, 'removeMany');
    const isForMany = ({ seen }: PlannedDeletion): boolean => onto !== undefined && seen !== undefined;
    for (const batch of batches(deletions.filter(isForMany), MOST_FILES)) {
      await this.#deleteMany(onto!, batch);
    }
    await attemptEach(
      this.#work,
      deletions.filter((deletion) => !isForMany(deletion)),
      (deletion) => this.#delete(deletion),
    );
  }

  async #deleteMany(onto: Operations, deletions: readonly PlannedDeletion[]): Promise<void> {
    const again = await infoMany(
      this.#work.source,
      deletions.map(({ path }) => path),
      this.#work.many,
    );
    const files: FileToRemove[] = [];
    await forEachConcurrently(deletions.entries(), this.#work.many.concurrency, ([at, { path, seen }]) =>
      this.#work.failures.attempt(path, async () => {
        if (this.#isKept(path, unwrapped(again[at]!))) return;
        files.push({ path: path as BackendPath, ...(await this.#guardOfDeletion(path, seen)) });
      }),
    );
    const removed = await deleteMany(onto, files, this.#work.operation);
    for (const [at, { path }] of files.entries()) this.#settle(path, removed[at]!);
    for (const { path } of deletions) this.#work.progress.finish(path);
  }

  async #delete({ path, seen }: PlannedDeletion): Promise<void> {
    const again = await this.#work.source.info(path, this.#work.operation).catch(unlessGone);
    if (this.#isKept(path, again)) return;
    if (seen === undefined) return await this.link(path);
    await this.#work.target
      .delete(path, { ...this.#work.operation, ...(await this.#guardOfDeletion(path, seen)) })
      .catch(unlessGone);
  }

  #isKept(path: string, again: FileInfo | undefined): boolean {
    if (again === undefined || again.isDir) return false;
    this.kept.add(path);
    return true;
  }

  async #guardOfDeletion(path: string, seen: FileInfo | undefined): Promise<{ readonly ifMatch?: string }> {
    const safe = await this.#work.backup?.keep(path, this.#work.operation).catch(unlessGone);
    return guard(this.#work, seen?.etag ?? safe);
  }

  /** Removes a symlink after another look: a file that somebody put in its place stays. */
  async link(path: string): Promise<void> {
    const directory = parentPath(path as BackendPath);
    for await (const entry of this.#work.target.list(`/${directory}`, this.#work.operation)) {
      if (entry.path !== path) continue;
      if (entry.fileType !== 'symlink') throw changedMeanwhile(path);
      await this.#work.target.delete(path, this.#work.operation).catch(unlessGone);
    }
  }

  /** Removes directories that are empty by now. */
  async emptied(directories: readonly string[]): Promise<void> {
    for (const level of deepestFirst(directories as readonly BackendPath[])) {
      const tried: FileToRemove[] = [];
      for (const path of level)
        await this.#work.failures.attempt(path, async () => void tried.push({ path }));
      const removed = await this.#removeDirectories(tried);
      for (const [at, { path }] of tried.entries()) {
        const result = removed[at]!;
        const stays =
          result.status === 'rejected' && isFileBackendError(result.reason, 'DIRECTORY_NOT_EMPTY');
        if (!stays) this.#settle(path, result);
      }
    }
  }

  #removeDirectories(directories: readonly FileToRemove[]): Promise<RemoveResults> {
    const { target, many, operation } = this.#work;
    const onto = operationsOnMany(target, 'removeMany');
    if (onto !== undefined) return deleteMany(onto, directories, operation);
    return settleEach(directories, operation, many.concurrency, ({ path }) => target.delete(path, operation));
  }

  /** Notes the outcome of a removal; a path that is gone already counts as removed. */
  #settle(path: string, result: PromiseSettledResult<void>): void {
    const isGone = result.status === 'rejected' && isFileBackendError(result.reason, 'NOT_FOUND');
    if (!isGone) this.#work.failures.settle(path, result, () => undefined);
  }
}
