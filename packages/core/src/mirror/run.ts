import type { FileBackend, OperationOptions } from '../backend.ts';
import { backendError, type ErrorCode, type FileBackendError, isFileBackendError } from '../errors.ts';
import type { FileInfo } from '../file-info.ts';
import { type BackendPath, parentPath, ROOT } from '../paths/path.ts';
import { forEachConcurrently } from '../tasks/for-each-concurrently.ts';
import type { Backup } from './backup.ts';
import { copyVerified } from './copy-file.ts';
import { hasOtherPermissions, permissionsOfCopy } from './permissions.ts';
import type { MirrorPlan, PlannedCopy, PlannedDeletion } from './plan.ts';
import type { ProgressCounter } from './progress.ts';
import type { Rename } from './renames.ts';

/** Errors that every other file would meet as well: the rest is not tried. */
const HOPELESS: readonly ErrorCode[] = [
  'UNAUTHENTICATED',
  'QUOTA_EXCEEDED',
  'NO_SPACE',
  'READ_ONLY',
  'CLOSED',
  'LOCK_LOST',
];

/** Errors of a file whose place may be free once something else is deleted. */
const BLOCKED: readonly ErrorCode[] = ['NOT_DIRECTORY', 'IS_DIRECTORY', 'ALREADY_EXISTS'];

export interface RunOptions extends OperationOptions {
  readonly concurrency: number;
  readonly backup: Backup | undefined;
}

/** Carries a plan out and writes down what came of it. */
export class MirrorRun {
  readonly #source: FileBackend;
  readonly #target: FileBackend;
  readonly #plan: MirrorPlan;
  readonly #operation: OperationOptions;
  readonly #concurrency: number;
  readonly #backup: Backup | undefined;
  readonly #progress: ProgressCounter;
  readonly #failed = new Map<string, FileBackendError>();
  /** Files whose old name somebody wrote meanwhile: they are not moved but copied. */
  readonly #copiedInstead: PlannedCopy[] = [];
  /** Files whose permissions differ in a target that keeps none. */
  readonly #asBefore = new Set<string>();
  readonly #notSearchable: Set<string>;
  /** Files that the source has again: they are neither deleted nor failed. */
  readonly #kept = new Set<string>();
  #hopeless: FileBackendError | undefined;

  constructor(
    source: FileBackend,
    target: FileBackend,
    plan: MirrorPlan,
    { concurrency, backup, ...operation }: RunOptions,
    progress: ProgressCounter,
  ) {
    this.#source = source;
    this.#target = target;
    this.#plan = plan;
    this.#notSearchable = new Set(plan.notSearchable);
    this.#operation = operation;
    this.#concurrency = concurrency;
    this.#backup = backup;
    this.#progress = progress;
  }

  /** Carries the plan out, and gives the part of it that came true. */
  async execute(): Promise<MirrorPlan> {
    const { links, moves, copies, updates, deletions, directories } = this.#plan;
    const writes: readonly PlannedCopy[] = [...copies, ...updates];

    this.#progress.start('moving', moves.length);
    await this.#each(moves, (move) => this.#move(move));

    this.#progress.start('copying', writes.length);
    for (const path of links) await this.#attempt(path, () => this.#removeLink(path));
    await this.#each(
      writes.filter(({ permissionsOnly }) => permissionsOnly !== true),
      (write) => this.#copy(write),
    );
    await this.#setPermissions(writes.filter(({ permissionsOnly }) => permissionsOnly === true));

    this.#progress.start('deleting', deletions.length);
    await this.#each(deletions, (deletion) => this.#delete(deletion));
    // One after another, since each comes after those in it.
    for (const path of directories) await this.#attempt(path, () => this.#removeIfEmpty(path));

    // A file may have stood where a directory had to be, or the other way round, until it was pruned.
    const blocked = writes.filter(({ path }) => {
      const code = this.#failed.get(path)?.code;
      return code !== undefined && BLOCKED.includes(code);
    });
    const hasMadeWay = moves.length + deletions.length + directories.length > 0;
    if (hasMadeWay && blocked.length > 0) {
      for (const { path } of blocked) this.#failed.delete(path);
      this.#progress.start('copying', blocked.length);
      await this.#each(blocked, (write) => this.#copy(write));
    }

    await this.#letSourceRemember(writes);
    this.#progress.start('done', 0);
    return this.#outcome();
  }

  /** Runs `work` on every item; failures are kept, an abort ends it. */
  async #each<T extends { readonly path: string }>(
    items: readonly T[],
    work: (item: T) => Promise<void>,
  ): Promise<void> {
    await forEachConcurrently(items, this.#concurrency, async (item) => {
      await this.#attempt(item.path, () => work(item));
      this.#progress.finish(item.path);
    });
  }

  async #attempt(path: string, work: () => Promise<void>): Promise<void> {
    const { signal } = this.#operation;
    signal?.throwIfAborted();
    try {
      if (this.#hopeless !== undefined) throw notTried(path, this.#hopeless);
      await work();
    } catch (error) {
      signal?.throwIfAborted();
      if (!isFileBackendError(error)) throw error;
      this.#failed.set(path, error);
      if (HOPELESS.includes(error.code)) this.#hopeless ??= error;
    }
  }

  async #copy({ path, file, replaced }: PlannedCopy): Promise<void> {
    const link = this.#linkAround(path);
    if (link !== undefined) throw this.#failed.get(link)!;
    const safe = replaced === undefined ? undefined : await this.#backup?.keep(path, this.#operation);
    const request = {
      file,
      overwrite: replaced !== undefined,
      permissions: permissionsOfCopy(file, replaced),
      ...this.#guard(safe),
    };
    const info = await copyVerified(this.#source, this.#target, request, this.#progress, this.#operation);
    this.#tellSearchable(info);
  }

  /** The same content with other permissions. Where the first does not get them, the target keeps none, and the rest is left. */
  async #setPermissions(writes: readonly PlannedCopy[]): Promise<void> {
    const [first, ...rest] = writes;
    if (first === undefined) return;
    await this.#each([first], (write) => this.#copy(write));
    const now = this.#failed.has(first.path)
      ? undefined
      : await this.#target.info(first.path, this.#operation).catch(unlessGone);
    if (now !== undefined && hasOtherPermissions(first.file, now)) {
      for (const { path } of rest) {
        this.#asBefore.add(path);
        this.#progress.finish(path);
      }
    } else await this.#each(rest, (write) => this.#copy(write));
  }

  #tellSearchable({ path, searchable }: FileInfo): void {
    if (searchable === false) this.#notSearchable.add(path);
    else this.#notSearchable.delete(path);
  }

  /** The symlink that could not be removed and that this path would go through. */
  #linkAround(path: string): string | undefined {
    if (this.#plan.links.length === 0) return undefined;
    for (let around: string = path; around !== ROOT; around = parentPath(around as BackendPath)) {
      if (this.#failed.has(around) && this.#plan.links.includes(around)) return around;
    }
    return undefined;
  }

  /** Moves the file that was compared. One that somebody wrote since stays, and the source is copied to the new name. */
  async #move({ path, from, file, checksum, seen }: Rename): Promise<void> {
    const now = await this.#target.info(from, this.#operation).catch(unlessGone);
    if (now !== undefined && now.etag === seen.etag) {
      this.#tellSearchable(await this.#target.move(from, path, this.#operation));
      if ((await this.#target.checksum(path, this.#operation)) === checksum) return;
      // Somebody wrote it between the last look and the move: what he wrote goes back to where he wrote it.
      await this.#target.move(path, from, this.#operation);
    }
    const copy = asCopy({ path, file });
    await this.#copy(copy);
    this.#copiedInstead.push(copy);
    if (now !== undefined) this.#failed.set(from, changedMeanwhile(from));
  }

  /** Deletes the file that was compared, not one that somebody put there since, and not one that the source has again. */
  async #delete({ path, seen }: PlannedDeletion): Promise<void> {
    const again = await this.#source.info(path, this.#operation).catch(unlessGone);
    if (again !== undefined && !again.isDir) {
      this.#kept.add(path);
      return;
    }
    if (seen === undefined) return await this.#removeLink(path);
    const safe = await this.#backup?.keep(path, this.#operation).catch(unlessGone);
    await this.#target
      .delete(path, { ...this.#operation, ...this.#guard(seen.etag ?? safe) })
      .catch(unlessGone);
  }

  #guard(etag: string | undefined): { readonly ifMatch?: string } {
    return etag === undefined || this.#target.capabilities.ifMatch === false ? {} : { ifMatch: etag };
  }

  /** Looks once more: where somebody put a file in place of the link, it stays. */
  async #removeLink(path: string): Promise<void> {
    const directory = parentPath(path as BackendPath);
    for await (const entry of this.#target.list(`/${directory}`, this.#operation)) {
      if (entry.path !== path) continue;
      if (entry.fileType !== 'symlink') throw changedMeanwhile(path);
      await this.#target.delete(path, this.#operation).catch(unlessGone);
    }
  }

  async #removeIfEmpty(path: string): Promise<void> {
    // Directories that only their files imply went with them.
    if (!this.#target.capabilities.emptyDirectories) return;
    await this.#target.delete(path, this.#operation).catch((error: unknown) => {
      if (!isFileBackendError(error, 'DIRECTORY_NOT_EMPTY')) unlessGone(error);
    });
  }

  /**
   * A backend that sums by itself may keep the sums for as long as the files stay the same: asked now, while the bytes are at hand, it
   * need not read them for the next mirror.
   */
  async #letSourceRemember(writes: readonly PlannedCopy[]): Promise<void> {
    if (this.#source.driver.checksum === undefined || writes.length === 0) return;
    const paths = writes.map(({ path }) => path).filter((path) => !this.#failed.has(path));
    try {
      await this.#source.checksumMany(paths, { ...this.#operation, concurrency: this.#concurrency });
    } catch (error) {
      this.#operation.signal?.throwIfAborted();
      // The files are copied and verified; what is wrong with the source by now is for the next mirror to find.
      if (!isFileBackendError(error)) throw error;
    }
  }

  #outcome(): MirrorPlan {
    const { moves, copies, updates, deletions, failed } = this.#plan;
    const succeeded = ({ path }: { readonly path: string }): boolean => !this.#failed.has(path);
    const isCopied = new Set(this.#copiedInstead.map(({ path }) => path));
    return {
      ...this.#plan,
      moves: moves.filter((move) => succeeded(move) && !isCopied.has(move.path)),
      copies: [...copies, ...this.#copiedInstead].filter(succeeded),
      updates: updates.filter((update) => succeeded(update) && !this.#asBefore.has(update.path)),
      unchanged: [...this.#plan.unchanged, ...this.#asBefore],
      notSearchable: [...this.#notSearchable],
      deletions: deletions.filter((deletion) => succeeded(deletion) && !this.#kept.has(deletion.path)),
      failed: new Map([...failed, ...this.#failed]),
    };
  }
}

function asCopy({ path, file }: Pick<Rename, 'path' | 'file'>): PlannedCopy {
  return { path, reason: 'the target does not have it', file };
}

function unlessGone(error: unknown): undefined {
  if (!isFileBackendError(error, 'NOT_FOUND')) throw error;
  return undefined;
}

function notTried(path: string, why: FileBackendError): FileBackendError {
  const message = `${JSON.stringify(path)} was not tried, since this will fail for every file: ${why.message}`;
  return backendError(why.code, message, { operation: 'mirror', path });
}

function changedMeanwhile(path: string): FileBackendError {
  return backendError(
    'PRECONDITION_FAILED',
    `Somebody wrote ${JSON.stringify(path)} after it was compared, and it was left as it is; run the mirror again`,
    { operation: 'mirror', path },
  );
}
