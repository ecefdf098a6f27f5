import { realpathSync, rmSync, writeFileSync } from 'node:fs';
import {
  type ConflictResolution,
  DEFAULT_SESSION_TIMEOUT,
  type FileInfo,
  isFileBackendError,
  type SyncConflict,
} from '@f9/core';
import {
  type AcquireSessionOptions,
  type BackendDriver,
  type BackendPath,
  type CommitOptions,
  type DriverOptions,
  type DriverSession,
  FifoLock,
} from '@f9/core/driver';
import { acquireVaultLock, type VaultLock } from '@f9/local';
import { checkOut, checkOutNote } from './checkout.ts';
import { openConflicts } from './choices.ts';
import { branchRef, type Clone, headOf, remoteHeadOf, trackingRef } from './clone.ts';
import { ensureClone, stateDirectoryOf } from './clone-folder.ts';
import { commitChanges } from './commit.ts';
import { describeConflict } from './conflicts.ts';
import { addressWithUser, authentication } from './credentials.ts';
import { DirtyJournal } from './dirty-journal.ts';
import { explainExit, GitBackendError, GitExit, isOffline } from './errors.ts';
import { GitProcess } from './git-process.ts';
import { assertGitVersion } from './git-version.ts';
import { History } from './history.ts';
import { Kept } from './kept.ts';
import { commonAncestor, mergeRemote } from './merge.ts';
import type { GitSettings } from './options.ts';
import { packObjects } from './packing.ts';
import { markerOf, needsRecovery, recover } from './recovery.ts';
import { fetchRemote, pushBranch, REMOTE } from './remote.ts';
import { keep } from './rescue.ts';
import { resolveConflict } from './resolve.ts';
import { type RunContext, SharedRun } from './shared-run.ts';

interface Opened {
  readonly clone: Clone;
  readonly head: Kept<string | undefined>;
  readonly history: History;
}

/** A clone and its remote: everything about a vault that is git's, and who may do it when. */
export class GitVault {
  readonly #settings: GitSettings;
  readonly #files: BackendDriver;
  readonly #remoteUrl: string;
  readonly #network: Clone['network'];
  /** What happens inside a session happens one after another. */
  readonly #steps: FifoLock = new FifoLock();
  readonly #locks = new WeakMap<DriverSession, VaultLock>();
  readonly #autoPull: SharedRun<void> = new SharedRun((context) => this.#runAutoPull(context));
  readonly #autoPush: SharedRun<void> = new SharedRun((context) => this.#runAutoPush(context));
  /** When the remote was last looked at, or could not be: `performance.now()`. */
  #lookedAt = Number.NEGATIVE_INFINITY;
  #opened: Opened | undefined;

  /** @param files the working tree */
  constructor(settings: GitSettings, files: BackendDriver) {
    const { address, credentials, timeout, branch } = settings;
    const { environment = {}, config = [] } = authentication(address, credentials, timeout);
    this.#settings = settings;
    this.#files = files;
    this.#remoteUrl = addressWithUser(address, credentials);
    this.#network = {
      environment,
      config: [
        ...config,
        [`remote.${REMOTE}.url`, this.#remoteUrl],
        // So that a push moves what is known of the remote.
        [`remote.${REMOTE}.fetch`, `${branchRef({ branch })}:${trackingRef({ branch })}`],
      ],
      silence: timeout,
    };
  }

  /** Clones, or opens the clone that is there; `openFiles` is called once there is one. */
  async open(openFiles: () => Promise<void>, signal: AbortSignal | undefined): Promise<void> {
    const { directory, branch, address } = this.#settings;
    await explained(`clone ${address.place}`, async () => {
      const origin = { remote: this.#remoteUrl, branch };
      await ensureClone(directory, origin, (folder) => this.#cloneAt(folder), signal);
    });
    const clone = this.#cloneAt(realpathSync(directory));
    const head = new Kept(`${clone.git.gitDirectory}/${branchRef(clone)}`, () => headOf(clone));
    this.#opened = { clone, head, history: new History(clone.git) };
    await assertGitVersion(clone.git);
    await openFiles();
    await this.#putInOrder(signal);
  }

  async #putInOrder(signal: AbortSignal | undefined): Promise<void> {
    if (!needsRecovery(this.#clone)) return;
    const isIncomplete = checkOutNote(this.#clone).read() !== undefined;
    // Who holds the vault has put it in order already; only for files that are still to come in they are waited for.
    const lock = isIncomplete
      ? await this.#acquire(DEFAULT_SESSION_TIMEOUT, signal)
      : await this.#tryAcquire(0, signal);
    if (lock !== undefined) await this.#release(lock);
  }

  #cloneAt(directory: string): Clone {
    const { address, branch, commitMessage, depth } = this.#settings;
    const stateDirectory = stateDirectoryOf(directory);
    return {
      git: new GitProcess(directory, this.#settings, address.protocol),
      files: this.#files,
      journal: new DirtyJournal(stateDirectory),
      stateDirectory,
      branch,
      commitMessage,
      place: address.place,
      network: this.#network,
      depth,
    };
  }

  get #clone(): Clone {
    return this.#opened!.clone;
  }

  // Files

  /** Notes that `paths` are about to change, changes them, and publishes the change if that is asked for. */
  async write<T>(paths: readonly BackendPath[], call: DriverOptions, body: () => Promise<T>): Promise<T> {
    const result = await this.#clone.journal.during(paths, body);
    if (this.#settings.autoPush && call.session === undefined) await this.#publish(call.signal);
    return result;
  }

  /** Sees to it that a read is recent enough. */
  async freshen({ session, signal }: DriverOptions): Promise<void> {
    const { autoPull, maxStale } = this.#settings;
    if (!autoPull || session !== undefined || performance.now() - this.#lookedAt < maxStale) return;
    await this.#autoPull.join(signal);
  }

  /** What history says of a file that is committed; what the disk says of one that is not. */
  async withDates(info: FileInfo, { signal }: DriverOptions): Promise<FileInfo> {
    const { clone, head, history } = this.#opened!;
    const commit = head.get();
    if (info.fileType !== 'file' || commit === undefined) return info;
    if (!history.isAt(commit)) await explained('read the history', () => history.reach(commit, signal));
    const dates = history.datesOf(info.path);
    if (dates === undefined) return info;
    return clone.journal.has(info.path) ? info.with({ createdAt: dates.createdAt }) : info.with(dates);
  }

  // Sync

  async pull(call: DriverOptions): Promise<void> {
    await this.#held('pull', call, () => this.#pull(call.signal));
  }

  async push({ message, ...call }: CommitOptions): Promise<void> {
    await this.#held('push', call, (lock) => this.#push(lock, message, call.signal));
  }

  async conflicts({ signal }: DriverOptions): Promise<SyncConflict[]> {
    return await explained('compare with the remote', async () => {
      const conflicts = await openConflicts(this.#clone, { signal });
      return conflicts.map((conflict) => describeConflict(this.#clone, conflict));
    });
  }

  async resolve(path: BackendPath, resolution: ConflictResolution, call: DriverOptions): Promise<void> {
    await this.#held('settle the conflict', call, () =>
      resolveConflict(this.#clone, path, resolution, call.signal),
    );
  }

  /** Goes back to the remote as it is; gives the ref that keeps what was here and not there, if anything was. */
  async abandonLocalChanges(call: DriverOptions): Promise<string | undefined> {
    return await this.#held('go back to the remote', call, () => this.#abandon(call.signal));
  }

  async acquireSession(options: AcquireSessionOptions): Promise<DriverSession> {
    const { autoPull, autoPush } = this.#settings;
    const { timeout, signal, pull = autoPull, push = autoPush } = options;
    const lock = await this.#acquire(timeout, signal);
    try {
      if (pull) await explained('pull', () => this.#pull(signal));
    } catch (error) {
      await this.#release(lock);
      throw error;
    }
    const session: DriverSession = {
      commitOnSuccess: push,
      commit: (commit) => this.push({ ...commit, session }),
      release: () => this.#release(lock),
    };
    this.#locks.set(session, lock);
    return session;
  }

  /** Waits for what runs for callers that have left. */
  async close(): Promise<void> {
    await this.#autoPull.idle();
    await this.#autoPush.idle();
    await this.#opened?.history.idle();
  }

  async #pull(signal: AbortSignal | undefined): Promise<void> {
    await fetchRemote(this.#clone, { signal });
    await mergeRemote(this.#clone, signal);
    await packObjects(this.#clone);
    this.#lookedAt = performance.now();
  }

  async #push(lock: VaultLock, message: string | undefined, signal: AbortSignal | undefined): Promise<void> {
    await lock.assertHeld();
    await pushBranch(this.#clone, message, signal, () => lock.assertHeld());
    await packObjects(this.#clone);
  }

  async #abandon(signal: AbortSignal | undefined): Promise<string | undefined> {
    const clone = this.#clone;
    await fetchRemote(clone, { signal, force: true });
    const remote = remoteHeadOf(clone);
    if (remote === undefined) {
      throw new GitBackendError(
        'UNAVAILABLE',
        'branch-missing',
        `There is nothing to go back to: ${clone.place} is empty`,
        { retryable: false },
      );
    }
    let kept: string | undefined;
    while (true) {
      await commitChanges(clone, 'Abandoned changes', {});
      const head = headOf(clone);
      if (head === remote) return kept;
      if (head !== undefined && (await commonAncestor(clone, head, remote, {})) !== head)
        kept = await keep(clone, head);
      const blocked = await checkOut(clone, head, remote);
      await clone.journal.during(blocked, async () => undefined);
    }
  }

  // Auto-sync

  async #runAutoPull({ signal, begin }: RunContext): Promise<void> {
    try {
      // Whoever holds the vault keeps nobody from reading what is here.
      const lock = await this.#tryAcquire(0, signal);
      if (lock === undefined) return;
      begin();
      try {
        await explained('pull', () => this.#pull(signal));
      } finally {
        await this.#release(lock);
      }
    } catch (error) {
      // Offline, or with conflicts to settle, what is here is served.
      if (!isOffline(error) && !isFileBackendError(error, 'SYNC_CONFLICT')) throw error;
      this.#lookedAt = performance.now();
    }
  }

  async #runAutoPush({ signal, begin }: RunContext): Promise<void> {
    const lock = await this.#acquire(DEFAULT_SESSION_TIMEOUT, signal);
    try {
      begin();
      await explained('push', () => this.#push(lock, undefined, signal));
    } finally {
      await this.#release(lock);
    }
  }

  async #publish(signal: AbortSignal | undefined): Promise<void> {
    try {
      await this.#autoPush.join(signal);
    } catch (error) {
      if (isFileBackendError(error)) Object.assign(error, { stored: true });
      throw error;
    }
  }

  // Who holds the vault

  /** Runs `body` while the vault is held: by the session that the call belongs to, or for this alone. */
  async #held<T>(
    doing: string,
    { session, signal }: DriverOptions,
    body: (lock: VaultLock) => Promise<T>,
  ): Promise<T> {
    const held = session && this.#locks.get(session);
    if (held !== undefined) return await this.#steps.run(() => explained(doing, () => body(held)), signal);
    const lock = await this.#acquire(DEFAULT_SESSION_TIMEOUT, signal);
    try {
      return await explained(doing, () => body(lock));
    } finally {
      await this.#release(lock);
    }
  }

  /** `undefined` if somebody else holds the vault for that long. */
  async #tryAcquire(timeout: number, signal: AbortSignal | undefined): Promise<VaultLock | undefined> {
    try {
      return await this.#acquire(timeout, signal);
    } catch (error) {
      if (isFileBackendError(error, 'LOCK_TIMEOUT')) return undefined;
      throw error;
    }
  }

  /** Holds the vault, in order whatever happened to who held it before. */
  async #acquire(timeout: number, signal: AbortSignal | undefined): Promise<VaultLock> {
    const clone = this.#clone;
    const lock = await acquireVaultLock(clone.stateDirectory, {
      name: 'git',
      timeout,
      ...(signal === undefined ? {} : { signal }),
    });
    try {
      if (needsRecovery(clone)) await explained('bring the clone in order', () => recover(clone, signal));
      writeFileSync(markerOf(clone), '');
      return lock;
    } catch (error) {
      await lock.release();
      throw error;
    }
  }

  async #release(lock: VaultLock): Promise<void> {
    try {
      rmSync(markerOf(this.#clone), { force: true });
    } finally {
      await lock.release();
    }
  }
}

/** What git says in its own words becomes an error of ours. */
async function explained<T>(doing: string, body: () => Promise<T>): Promise<T> {
  try {
    return await body();
  } catch (error) {
    throw error instanceof GitExit ? explainExit(error, doing) : error;
  }
}
