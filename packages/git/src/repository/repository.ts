import { realpathSync } from 'node:fs';
import {
  type ConflictResolution,
  DEFAULT_SESSION_TIMEOUT,
  type FileInfo,
  type FileVersion,
  type SyncConflict,
  type VaultChanges,
} from '@f9/core';
import {
  type AcquireSessionOptions,
  type BackendDriver,
  type BackendPath,
  backendError,
  type CommitOptions,
  type DriverHistoryOptions,
  type DriverOptions,
  type DriverSession,
  type ReadRange,
  type ResolveOptions,
} from '@f9/core/driver';
import type { VaultLock } from '@f9/local';
import { branchRef, type Clone, headOf, lookAt, remoteHeadOf } from '../clone/clone.ts';
import { DirtyJournal } from '../clone/dirty-journal.ts';
import { Gitlinks } from '../clone/gitlinks.ts';
import { Kept } from '../clone/kept.ts';
import { packObjects } from '../clone/packing.ts';
import { explained, explainedAll } from '../errors.ts';
import { changesSince } from '../history/feed.ts';
import { FileDatesLog } from '../history/file-dates.ts';
import { readVersion, versionsOf } from '../history/versions.ts';
import { describeConflict } from '../merge/conflicts.ts';
import { mergeRemote } from '../merge/merge.ts';
import { openConflicts } from '../merge/merged-tree.ts';
import { resolveConflict } from '../merge/resolve.ts';
import { takeRemote } from '../merge/take-remote.ts';
import type { GitSettings } from '../options.ts';
import { GitProcess } from '../process/git-process.ts';
import { assertGitVersion } from '../process/git-version.ts';
import { endIdleHelper } from '../process/helper.ts';
import { RemoteAccess } from '../remote/access.ts';
import { fetchRemote, lastFetch } from '../remote/fetch.ts';
import { pushBranch } from '../remote/push.ts';
import { assertKeptAsIs } from '../worktree/attributes.ts';
import { checkOutNote } from '../worktree/checkout.ts';
import { AutoSync } from './auto-sync.ts';
import { ensureClone, stateDirectoryOf } from './clone-folder.ts';
import { Holder } from './holder.ts';
import { needsRecovery } from './recovery.ts';

/** The clone once it exists, and the parts that work on it. */
interface OpenClone {
  readonly clone: Clone;
  readonly head: Kept<string | undefined>;
  readonly dates: FileDatesLog;
  readonly holder: Holder;
  readonly autoSync: AutoSync;
}

/** A clone and its remote, with every operation of a vault that is git's. */
export class Repository {
  readonly #settings: GitSettings;
  readonly #files: BackendDriver;
  readonly #remote: RemoteAccess;
  #opened: OpenClone | undefined;

  /** @param files the working tree */
  constructor(settings: GitSettings, files: BackendDriver) {
    this.#settings = settings;
    this.#files = files;
    this.#remote = new RemoteAccess(settings.address, settings.credentials, settings.timeout);
  }

  /** Clones, or opens the clone that is there; `openFiles` is called once there is one. */
  async open(openFiles: () => Promise<void>, signal: AbortSignal | undefined): Promise<void> {
    const { directory, branch } = this.#settings;
    const origin = await explained(`clone ${this.#remote.place}`, () =>
      ensureClone(
        directory,
        { remote: this.#remote.url, branch },
        (folder, name) => this.#cloneAt(folder, name),
        signal,
      ),
    );
    const clone = this.#cloneAt(realpathSync(directory), origin.branch);
    const holder = new Holder(clone);
    this.#opened = {
      clone,
      holder,
      head: new Kept(`${clone.git.gitDirectory}/${branchRef(clone)}`, () => headOf(clone)),
      dates: new FileDatesLog(clone.git, clone.stateDirectory),
      autoSync: new AutoSync(this.#settings, holder, {
        pull: (ended) => explained('pull', () => this.#pull(ended)),
        push: (lock, ended) => explained('push', () => this.#push(lock, undefined, ended)),
      }),
    };
    await assertGitVersion(clone.git);
    await openFiles();
    await this.#putInOrder(signal);
  }

  async #putInOrder(signal: AbortSignal | undefined): Promise<void> {
    const { clone, holder } = this.#open;
    if (!needsRecovery(clone)) return;
    const isIncomplete = checkOutNote(clone).read() !== undefined;
    // A holder has put the clone in order already, so only an unfinished check-out is waited for.
    const lock = isIncomplete
      ? await holder.acquire(DEFAULT_SESSION_TIMEOUT, signal)
      : await holder.tryAcquire(signal);
    if (lock !== undefined) await holder.release(lock);
  }

  #cloneAt(directory: string, branch: string): Clone {
    const { address, commitMessage, depth, authorName, authorEmail, durability } = this.#settings;
    const isDurable = durability === 'fsync';
    const stateDirectory = stateDirectoryOf(directory);
    return {
      git: new GitProcess(directory, this.#settings, address.protocol),
      files: this.#files,
      journal: new DirtyJournal(stateDirectory, isDurable),
      gitlinks: new Gitlinks(directory, stateDirectory),
      stateDirectory,
      branch,
      committer: `${authorName} <${authorEmail}>`,
      commitMessage,
      remote: this.#remote,
      depth,
      isDurable,
    };
  }

  get #open(): OpenClone {
    return this.#opened!;
  }

  // Files

  /**
   * Notes that `paths` are about to change, changes them, and publishes the change if that is asked for. Of these, `filled` get other
   * content.
   */
  async write<T>(
    paths: readonly BackendPath[],
    filled: readonly BackendPath[],
    call: DriverOptions,
    body: () => Promise<T>,
  ): Promise<T> {
    const { clone, autoSync } = this.#open;
    for (const path of paths) assertOwn(clone, path);
    for (const path of filled) await assertKeptAsIs(clone, path, { signal: call.signal });
    const result = await clone.journal.during(paths, body);
    if (call.session === undefined) await autoSync.publish(call.signal);
    return result;
  }

  /** Makes sure that a read is recent enough. */
  async freshen({ session, signal }: DriverOptions): Promise<void> {
    if (session === undefined) await this.#open.autoSync.freshen(signal);
  }

  /** A file with its dates: from the history for a committed one, else from the disk. */
  async withDates(info: FileInfo, { signal }: DriverOptions): Promise<FileInfo> {
    const { clone, head, dates } = this.#open;
    const commit = head.get();
    if (info.fileType !== 'file' || commit === undefined) return info;
    if (!dates.isAt(commit)) await explained('read the history', () => dates.reach(commit, signal));
    const known = dates.of(info.path);
    if (known === undefined) return info;
    return clone.journal.has(info.path) ? info.with({ createdAt: known.createdAt }) : info.with(known);
  }

  // Versions

  /** The committed versions of a file, newest first. */
  async *history(path: BackendPath, options: DriverHistoryOptions): AsyncIterable<FileVersion> {
    const { clone, head } = this.#open;
    const commit = head.get();
    const { limit, followRenames, signal } = options;
    if (commit !== undefined)
      yield* explainedAll(
        'read the history',
        versionsOf(clone.git, commit, path, { limit, followRenames, signal }),
      );
  }

  readVersion(
    path: BackendPath,
    version: string,
    options: ReadRange & DriverOptions,
  ): AsyncIterable<Uint8Array> {
    const { git } = this.#open.clone;
    return explainedAll(
      'read a version',
      readVersion(git, path, version, options, { signal: options.signal }),
    );
  }

  /** The changes since the commit that `cursor` names, and those that are not committed yet. */
  async changesSince(cursor: string | undefined, call: DriverOptions): Promise<VaultChanges> {
    await this.freshen(call);
    return await explained('read the changes', () =>
      changesSince(this.#open.clone, cursor, { signal: call.signal }),
    );
  }

  // Sync

  async pull(call: DriverOptions): Promise<void> {
    await this.#open.holder.during('pull', call, () => this.#pull(call.signal));
  }

  async push({ message, ...call }: CommitOptions): Promise<void> {
    await this.#open.holder.during('push', call, (lock) => this.#push(lock, message, call.signal));
  }

  async conflicts({ signal }: DriverOptions): Promise<SyncConflict[]> {
    const { clone } = this.#open;
    return await explained('compare with the remote', async () => {
      const conflicts = await openConflicts(clone, { signal });
      return conflicts.map((conflict) => describeConflict(clone, conflict));
    });
  }

  async resolve(path: BackendPath, resolution: ConflictResolution, call: ResolveOptions): Promise<void> {
    const { clone, holder } = this.#open;
    await holder.during('settle the conflict', call, () => resolveConflict(clone, path, resolution, call));
  }

  /** Goes back to the remote as it is; gives the ref that keeps the state that was only here, if there was any. */
  async abandonLocalChanges(call: DriverOptions): Promise<string | undefined> {
    return await this.#open.holder.during('go back to the remote', call, () => this.#abandon(call.signal));
  }

  lastFetchedAt(): Date | undefined {
    const at = lastFetch(this.#open.clone).read();
    return at === undefined ? undefined : new Date(at);
  }

  async commitsBehind(call: DriverOptions): Promise<number> {
    const { clone, holder } = this.#open;
    return await holder.during('ask the remote', call, async () => {
      await fetchRemote(clone, { signal: call.signal });
      const [head, remote] = [headOf(clone), remoteHeadOf(clone)];
      if (remote === undefined) return 0;
      const missing = head === undefined ? remote : `${head}..${remote}`;
      return Number(await clone.git.text(['rev-list', '--count', missing], { signal: call.signal }));
    });
  }

  async acquireSession(options: AcquireSessionOptions): Promise<DriverSession> {
    const { holder } = this.#open;
    const { autoPull, autoPush } = this.#settings;
    const { timeout, signal, pull = autoPull, push = autoPush } = options;
    const lock = await holder.acquire(timeout, signal);
    try {
      if (pull) await explained('pull', () => this.#pull(signal));
    } catch (error) {
      await holder.release(lock);
      throw error;
    }
    const { head } = this.#open;
    const session: DriverSession = {
      commitOnSuccess: push,
      get version() {
        return head.get();
      },
      commit: (commit) => this.push({ ...commit, session }),
      release: () => holder.release(lock),
    };
    holder.bind(session, lock);
    return session;
  }

  /** Waits for runs whose callers have left. */
  async close(): Promise<void> {
    await this.#opened?.autoSync.idle();
    await this.#opened?.dates.idle();
    await endIdleHelper();
  }

  async #pull(signal: AbortSignal | undefined): Promise<void> {
    const { clone, autoSync } = this.#open;
    await fetchRemote(clone, { signal });
    await mergeRemote(clone, signal);
    await packObjects(clone);
    autoSync.noteLook();
  }

  async #push(lock: VaultLock, message: string | undefined, signal: AbortSignal | undefined): Promise<void> {
    const { clone } = this.#open;
    await lock.assertHeld();
    await pushBranch(clone, message, signal, () => lock.assertHeld());
    await packObjects(clone);
  }

  async #abandon(signal: AbortSignal | undefined): Promise<string | undefined> {
    const { clone } = this.#open;
    await fetchRemote(clone, { signal, force: true });
    return await takeRemote(clone, signal);
  }
}

/** @throws `UNSUPPORTED` for a path in a repository inside this one, which would never be published */
function assertOwn(clone: Clone, path: BackendPath): void {
  const below = clone.gitlinks.below(path);
  const isInPlace = below !== undefined && lookAt(clone, path)?.isDirectory() !== true;
  const repository = clone.gitlinks.above(path) ?? (isInPlace ? below : undefined);
  if (repository === undefined) return;
  throw backendError(
    'UNSUPPORTED',
    `${JSON.stringify(path)} cannot be written: ${JSON.stringify(repository)} is a repository of its own (a submodule, or one that ` +
      'lies in the folder); open that one instead',
    { path },
  );
}
