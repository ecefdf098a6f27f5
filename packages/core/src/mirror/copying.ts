import type { FileInfo } from '../file-info.ts';
import { operationsOnMany } from '../operations/many.ts';
import type { Operations } from '../operations/operations.ts';
import { type BackendPath, parentPath, ROOT } from '../paths/path.ts';
import { forEachConcurrently } from '../tasks/for-each-concurrently.ts';
import { batches, MOST_FILES } from './batches.ts';
import { type CopyRequest, copyVerified, isWhole } from './copy-file.ts';
import { copyManyVerified } from './copy-many.ts';
import { hasOtherPermissions, permissionsOfCopy } from './permissions.ts';
import type { MirrorPlan, PlannedCopy } from './plan.ts';
import { attemptEach, guard, unlessGone, type Work } from './work.ts';

/** Writes files of the source to the target. */
export class Copying {
  readonly #work: Work;
  readonly #links: readonly string[];
  /** Files whose permissions differ in a target that keeps none. */
  readonly asBefore: Set<string> = new Set();
  readonly notSearchable: Set<string>;

  constructor(work: Work, { links, notSearchable }: MirrorPlan) {
    this.#work = work;
    this.#links = links;
    this.notSearchable = new Set(notSearchable);
  }

  async all(writes: readonly PlannedCopy[]): Promise<void> {
    const onto = operationsOnMany(this.#work.target, 'writeMany');
    const isForMany = ({ file }: PlannedCopy): boolean => onto !== undefined && isWhole(file);
    const many = batches(writes.filter(isForMany), MOST_FILES, ({ file }) => file.size!);
    // The next batch is read while one is written.
    await forEachConcurrently(many, 2, (batch) => this.#copyMany(onto!, batch));
    await attemptEach(
      this.#work,
      writes.filter((write) => !isForMany(write)),
      (write) => this.one(write),
    );
  }

  async #copyMany(onto: Operations, writes: readonly PlannedCopy[]): Promise<void> {
    const requests: CopyRequest[] = [];
    await forEachConcurrently(writes, this.#work.many.concurrency, (write) =>
      this.#work.failures.attempt(write.path, async () => void requests.push(await this.#requestOf(write))),
    );
    const copied = await copyManyVerified(
      this.#work.source,
      this.#work.target,
      onto,
      requests,
      this.#work.progress,
      this.#work.many,
    );
    for (const [at, { file }] of requests.entries()) {
      this.#work.failures.settle(file.path, copied[at]!, (info) => this.tellSearchable(info));
    }
    for (const { path } of writes) this.#work.progress.finish(path);
  }

  async one(write: PlannedCopy): Promise<void> {
    const request = await this.#requestOf(write);
    const info = await copyVerified(
      this.#work.source,
      this.#work.target,
      request,
      this.#work.progress,
      this.#work.operation,
    );
    this.tellSearchable(info);
  }

  /** The request to copy a file, made once what it replaces is safe. */
  async #requestOf({ path, file, replaced }: PlannedCopy): Promise<CopyRequest> {
    const link = this.#linkAround(path);
    if (link !== undefined) throw this.#work.failures.get(link)!;
    const safe =
      replaced === undefined ? undefined : await this.#work.backup?.keep(path, this.#work.operation);
    return {
      file,
      overwrite: replaced !== undefined,
      permissions: permissionsOfCopy(file, replaced),
      ...guard(this.#work, safe),
    };
  }

  /**
   * Gives files with the same content their other permissions. If the first does not get them, the target keeps none, and the rest is
   * left.
   */
  async setPermissions(writes: readonly PlannedCopy[]): Promise<void> {
    const [first, ...rest] = writes;
    if (first === undefined) return;
    await attemptEach(this.#work, [first], (write) => this.one(write));
    const now = this.#work.failures.has(first.path)
      ? undefined
      : await this.#work.target.info(first.path, this.#work.operation).catch(unlessGone);
    if (now !== undefined && hasOtherPermissions(first.file, now)) {
      for (const { path } of rest) {
        this.asBefore.add(path);
        this.#work.progress.finish(path);
      }
    } else await attemptEach(this.#work, rest, (write) => this.one(write));
  }

  tellSearchable({ path, searchable }: FileInfo): void {
    if (searchable === false) this.notSearchable.add(path);
    else this.notSearchable.delete(path);
  }

  /** The symlink that could not be removed and that this path would go through, if any. */
  #linkAround(path: string): string | undefined {
    if (this.#links.length === 0) return undefined;
    for (let around: string = path; around !== ROOT; around = parentPath(around as BackendPath)) {
      if (this.#work.failures.has(around) && this.#links.includes(around)) return around;
    }
    return undefined;
  }
}
