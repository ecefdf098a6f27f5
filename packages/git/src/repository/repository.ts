import { realpathSync } from 'node:fs';
import { type ConflictResolution, DEFAULT_SESSION_TIMEOUT, type FileInfo, type SyncConflict } from '@f9/core';
import type {
  AcquireSessionOptions,
  BackendDriver,
  BackendPath,
  CommitOptions,
  DriverOptions,
  DriverSession,
} from '@f9/core/driver';
import type { VaultLock } from '@f9/local';
import { branchRef, type Clone, headOf, remoteHeadOf, trackingRef } from '../clone/clone.ts';
import { DirtyJournal } from '../clone/dirty-journal.ts';
import { Kept } from '../clone/kept.ts';
import { packObjects } from '../clone/packing.ts';
import { explained, GitBackendError } from '../errors.ts';
import { FileDatesLog } from '../history/file-dates.ts';
import { describeConflict } from '../merge/conflicts.ts';
import { commonAncestor, mergeRemote } from '../merge/merge.ts';
import { openConflicts } from '../merge/merged-tree.ts';
import { resolveConflict } from '../merge/resolve.ts';
import type { GitSettings } from '../options.ts';
import { GitProcess } from '../process/git-process.ts';
import { assertGitVersion } from '../process/git-version.ts';
import { addressWithUser, authentication } from '../remote/credentials.ts';
import { fetchRemote, REMOTE } from '../remote/fetch.ts';
import { pushBranch } from '../remote/push.ts';
import { checkOut, checkOutNote } from '../worktree/checkout.ts';
import { commitChanges } from '../worktree/commit.ts';
import { keep } from '../worktree/rescue.ts';
import { AutoSync } from './auto-sync.ts';
import { ensureClone, stateDirectoryOf } from './clone-folder.ts';
import { Holder } from './holder.ts';
import { needsRecovery } from './recovery.ts';

/** The clone once it is there, and what works on it. */
interface OpenClone {
  readonly clone: Clone;
  readonly head: Kept<string | undefined>;
  readonly dates: FileDatesLog;
  readonly holder: Holder;
  readonly autoSync: AutoSync;
}

/** A clone and its remote: every operation of a vault that is git's. */
export class Repository {
  readonly #settings: GitSettings;
  readonly #files: BackendDriver;
  readonly #remoteUrl: string;
  readonly #network: Clone['network'];
  #opened: OpenClone | undefined;

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
    const holder = new Holder(clone);
    this.#opened = {
      clone,
      holder,
      head: new Kept(`${clone.git.gitDirectory}/${branchRef(clone)}`, () => headOf(clone)),
      dates: new FileDatesLog(clone.git),
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
    // Whoever holds the clone has put it in order already; only files that are still to come in are waited for.
    const lock = isIncomplete
      ? await holder.acquire(DEFAULT_SESSION_TIMEOUT, signal)
      : await holder.tryAcquire(signal);
    if (lock !== undefined) await holder.release(lock);
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

  get #open(): OpenClone {
    return this.#opened!;
  }

  // Files

  /** Notes that `paths` are about to change, changes them, and publishes the change if that is asked for. */
  async write<T>(paths: readonly BackendPath[], call: DriverOptions, body: () => Promise<T>): Promise<T> {
    const { clone, autoSync } = this.#open;
    const result = await clone.journal.during(paths, body);
    if (call.session === undefined) await autoSync.publish(call.signal);
    return result;
  }

  /** Sees to it that a read is recent enough. */
  async freshen({ session, signal }: DriverOptions): Promise<void> {
    if (session === undefined) await this.#open.autoSync.freshen(signal);
  }

  /** What history says of a file that is committed; what the disk says of one that is not. */
  async withDates(info: FileInfo, { signal }: DriverOptions): Promise<FileInfo> {
    const { clone, head, dates } = this.#open;
    const commit = head.get();
    if (info.fileType !== 'file' || commit === undefined) return info;
    if (!dates.isAt(commit)) await explained('read the history', () => dates.reach(commit, signal));
    const known = dates.of(info.path);
    if (known === undefined) return info;
    return clone.journal.has(info.path) ? info.with({ createdAt: known.createdAt }) : info.with(known);
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

  async resolve(path: BackendPath, resolution: ConflictResolution, call: DriverOptions): Promise<void> {
    const { clone, holder } = this.#open;
    await holder.during('settle the conflict', call, () =>
      resolveConflict(clone, path, resolution, call.signal),
    );
  }

  /** Goes back to the remote as it is; gives the ref that keeps what was here and not there, if anything was. */
  async abandonLocalChanges(call: DriverOptions): Promise<string | undefined> {
    return await this.#open.holder.during('go back to the remote', call, () => this.#abandon(call.signal));
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
    const session: DriverSession = {
      commitOnSuccess: push,
      commit: (commit) => this.push({ ...commit, session }),
      release: () => holder.release(lock),
    };
    holder.bind(session, lock);
    return session;
  }

  /** Waits for what runs for callers that have left. */
  async close(): Promise<void> {
    await this.#opened?.autoSync.idle();
    await this.#opened?.dates.idle();
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
}
