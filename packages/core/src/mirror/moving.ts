import { type FileBackendError, isFileBackendError } from '../errors.ts';
import { infoMany } from '../operations/many.ts';
import { forEachConcurrently } from '../tasks/for-each-concurrently.ts';
import { batches, MOST_MOVES } from './batches.ts';
import { type Sums, sumsOrFailure } from './compare.ts';
import type { Copying } from './copying.ts';
import type { PlannedCopy } from './plan.ts';
import type { Rename } from './renames.ts';
import { changedMeanwhile, unwrapped, type Work } from './work.ts';

/** Gives files of the target the names that they have in the source. */
export class Moving {
  readonly #work: Work;
  readonly #copying: Copying;
  /** Files whose old name somebody wrote meanwhile: they are not moved but copied. */
  readonly copiedInstead: PlannedCopy[] = [];

  constructor(work: Work, copying: Copying) {
    this.#work = work;
    this.#copying = copying;
  }

  /** Moves the files that were compared. One that somebody wrote since stays, and the source is copied to the new name. */
  async all(moves: readonly Rename[]): Promise<void> {
    for (const batch of batches(moves, MOST_MOVES)) await this.#moveMany(batch);
  }

  async #moveMany(moves: readonly Rename[]): Promise<void> {
    const seen = await infoMany(
      this.#work.target,
      moves.map(({ from }) => from),
      this.#work.many,
    );
    const moved: Rename[] = [];
    await forEachConcurrently(moves.entries(), this.#work.many.concurrency, async ([at, move]) => {
      await this.#work.failures.attempt(move.path, async () => {
        const now = unwrapped(seen[at]!);
        if (now === undefined || now.etag !== move.seen.etag) {
          return await this.#copyInstead(move, now !== undefined);
        }
        this.#copying.tellSearchable(
          await this.#work.target.move(move.from, move.path, this.#work.operation),
        );
        moved.push(move);
      });
      this.#work.progress.finish(move.path);
    });
    if (moved.length === 0) return;
    const held = await sumsOrFailure(
      this.#work.target,
      moved.map(({ path }) => path),
      this.#work.many,
    );
    for (const move of moved)
      await this.#work.failures.attempt(move.path, () => this.#keepOrUndo(move, held));
  }

  async #keepOrUndo(move: Rename, held: Sums | FileBackendError): Promise<void> {
    const { path, from, checksum } = move;
    const failure = isFileBackendError(held) ? held : held.failed.get(path);
    if (failure !== undefined) throw failure;
    if (!isFileBackendError(held) && held.found.get(path) === checksum) return;
    // Somebody wrote the file between the last look and the move: it goes back to the old name.
    await this.#work.target.move(path, from, this.#work.operation);
    await this.#copyInstead(move, true);
  }

  async #copyInstead({ path, from, file }: Rename, isThere: boolean): Promise<void> {
    const copy = { path, reason: 'the target does not have it', file };
    await this.#copying.one(copy);
    this.copiedInstead.push(copy);
    if (isThere) this.#work.failures.set(from, changedMeanwhile(from));
  }
}
