import type { FileBackend, OperationOptions } from '../backend.ts';
import { type ErrorCode, isFileBackendError } from '../errors.ts';
import type { Backup } from './backup.ts';
import { Copying } from './copying.ts';
import { Deleting } from './deleting.ts';
import { Failures } from './failures.ts';
import { Moving } from './moving.ts';
import type { MirrorPlan, PlannedCopy } from './plan.ts';
import type { ProgressCounter } from './progress.ts';
import type { Work } from './work.ts';

/** Errors of a file whose place may be free once something else is deleted. */
const BLOCKED: readonly ErrorCode[] = ['NOT_DIRECTORY', 'IS_DIRECTORY', 'ALREADY_EXISTS'];

export interface RunOptions extends OperationOptions {
  readonly concurrency: number;
  readonly backup: Backup | undefined;
}

/** Carries a plan out and writes down what came of it. */
export class MirrorRun {
  readonly #plan: MirrorPlan;
  readonly #work: Work;
  readonly #copying: Copying;
  readonly #moving: Moving;
  readonly #deleting: Deleting;

  constructor(
    source: FileBackend,
    target: FileBackend,
    plan: MirrorPlan,
    { concurrency, backup, ...operation }: RunOptions,
    progress: ProgressCounter,
  ) {
    this.#plan = plan;
    const failures = new Failures(operation.signal);
    const many = { ...operation, concurrency };
    this.#work = { source, target, operation, many, backup, progress, failures };
    this.#copying = new Copying(this.#work, plan);
    this.#moving = new Moving(this.#work, this.#copying);
    this.#deleting = new Deleting(this.#work);
  }

  /** Carries the plan out, and gives the part of it that came true. */
  async execute(): Promise<MirrorPlan> {
    const { links, moves, copies, updates, deletions, directories } = this.#plan;
    const writes: readonly PlannedCopy[] = [...copies, ...updates];

    this.#work.progress.start('moving', moves);
    await this.#moving.all(moves);

    this.#work.progress.start('copying', writes);
    for (const path of links) await this.#work.failures.attempt(path, () => this.#deleting.link(path));
    await this.#copying.all(writes.filter(({ permissionsOnly }) => permissionsOnly !== true));
    await this.#copying.setPermissions(writes.filter(({ permissionsOnly }) => permissionsOnly === true));

    this.#work.progress.start('deleting', deletions);
    await this.#deleting.all(deletions);
    // Directories that are only implied by their files went with them.
    if (this.#work.target.capabilities.emptyDirectories) await this.#deleting.emptied(directories);

    // A file may have stood where a directory had to be, or the other way round, until it was pruned.
    const blocked = writes.filter(({ path }) => {
      const code = this.#work.failures.get(path)?.code;
      return code !== undefined && BLOCKED.includes(code);
    });
    const hasMadeWay = moves.length + deletions.length + directories.length > 0;
    if (hasMadeWay && blocked.length > 0) {
      for (const { path } of blocked) this.#work.failures.delete(path);
      this.#work.progress.start('copying', blocked);
      await this.#copying.all(blocked);
    }

    await this.#letSourceRemember(writes);
    this.#work.progress.start('done');
    return this.#outcome();
  }

  /**
   * Asks the source for checksums while the bytes are at hand: a backend that keeps them need not read the files for the next mirror.
   */
  async #letSourceRemember(writes: readonly PlannedCopy[]): Promise<void> {
    if (this.#work.source.driver.checksum === undefined || writes.length === 0) return;
    const paths = writes.map(({ path }) => path).filter((path) => !this.#work.failures.has(path));
    try {
      await this.#work.source.checksumMany(paths, this.#work.many);
    } catch (error) {
      this.#work.operation.signal?.throwIfAborted();
      // The files are copied and verified; what is wrong with the source by now is for the next mirror to find.
      if (!isFileBackendError(error)) throw error;
    }
  }

  #outcome(): MirrorPlan {
    const { moves, copies, updates, deletions, failed } = this.#plan;
    const succeeded = ({ path }: { readonly path: string }): boolean => !this.#work.failures.has(path);
    const isCopied = new Set(this.#moving.copiedInstead.map(({ path }) => path));
    return {
      ...this.#plan,
      moves: moves.filter((move) => succeeded(move) && !isCopied.has(move.path)),
      copies: [...copies, ...this.#moving.copiedInstead].filter(succeeded),
      updates: updates.filter((update) => succeeded(update) && !this.#copying.asBefore.has(update.path)),
      unchanged: [...this.#plan.unchanged, ...this.#copying.asBefore],
      notSearchable: [...this.#copying.notSearchable],
      deletions: deletions.filter(
        (deletion) => succeeded(deletion) && !this.#deleting.kept.has(deletion.path),
      ),
      failed: new Map([...failed, ...this.#work.failures]),
    };
  }
}
