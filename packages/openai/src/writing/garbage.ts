import { backendError, forEachConcurrently } from '@f9/core/driver';
import type { ContentStore } from '../bytes/content-store.ts';
import { decodeEntry } from '../entries/decode.ts';
import type { DamagedEntry, Entry, FileEntry } from '../entries/entry.ts';
import type { EntryTree } from '../entries/entry-tree.ts';
import type { SharedState } from '../entries/shared-state.ts';
import type { StoreIndex } from '../entries/store-index.ts';
import { isUploadFor, writtenAt } from '../entries/upload-name.ts';
import { assertOptionNames } from '../options.ts';
import type { Call } from '../service/call.ts';
import type { Service, StoreFile } from '../service/service.ts';
import type { Removal } from './removal.ts';

/** Options of `collectGarbage`. */
export interface GarbageOptions {
  /** Least age in milliseconds; younger garbage may belong to a write that is under way. Default 24 hours. */
  readonly olderThan?: number;
  /** Only tell what would be removed. Default false. */
  readonly dryRun?: boolean;
}

/** Something that an interrupted write left behind. */
export interface Garbage {
  /** The id of a File, or the name of a blob in the content store. */
  readonly id: string;
  /** The part that it played. */
  readonly kind: 'version' | 'piece' | 'unprocessed' | 'damaged' | 'upload' | 'blob';
  /** When it was made, by the service's clock. */
  readonly createdAt: Date;
}

/** The result of `collectGarbage`. */
export interface GarbageReport {
  /** What was removed, or with `dryRun` would be. */
  readonly removed: readonly Garbage[];
}

const DAY = 24 * 3600 * 1000;
/** Removed at the same time. */
const CONCURRENCY = 8;

/** Finds and removes Files and blobs with the mark of f9 and of this store that belong to no file. */
export class GarbageCollector {
  readonly #service: Service;
  readonly #contentStore: ContentStore | undefined;
  readonly #shared: SharedState;
  readonly #index: StoreIndex;
  readonly #removal: Removal;

  constructor(
    service: Service,
    contentStore: ContentStore | undefined,
    shared: SharedState,
    index: StoreIndex,
    removal: Removal,
  ) {
    this.#service = service;
    this.#contentStore = contentStore;
    this.#shared = shared;
    this.#index = index;
    this.#removal = removal;
  }

  async collect(options: GarbageOptions, call: Call): Promise<GarbageReport> {
    assertOptionNames(options, ['olderThan', 'dryRun']);
    const { olderThan = DAY, dryRun = false } = options;
    assertAge(olderThan);
    // Uploads and entries that are made after this are not in these lists, and so not taken for garbage.
    const uploads = await uploadsOf(this.#service, call);
    const listed = await listedFiles(this.#service, call);
    const finder = new Finder(listed, await this.#index.refreshed(call), this.#shared);
    const before = this.#service.clock.now() - olderThan;
    const garbage = [
      ...listed.flatMap((file) => finder.garbageOf(file)),
      ...((await this.#contentStore?.writeIds(call)) ?? []).flatMap((id) => finder.garbageOfBlob(id)),
    ].filter(({ createdAt }) => createdAt.getTime() <= before);
    const isListed = new Set(listed.map(({ id }) => id));
    for (const upload of uploads) {
      if (isListed.has(upload.id) || upload.createdAt.getTime() > before) continue;
      // The list may have missed the upload in the store.
      if ((await this.#service.look(upload.id, call)) === undefined) garbage.push(upload);
    }
    if (!dryRun) await forEachConcurrently(garbage, CONCURRENCY, (item) => this.#remove(item, call));
    return { removed: garbage };
  }

  async #remove({ id, kind }: Garbage, call: Call): Promise<void> {
    if (kind === 'blob') await this.#contentStore?.delete(id, call);
    else if (kind === 'upload') await this.#service.deleteUpload(id, call);
    else await this.#removal.erase([id], call);
  }
}

async function uploadsOf(service: Service, call: Call): Promise<Garbage[]> {
  const uploads: Garbage[] = [];
  for await (const page of service.listUploads(call)) {
    for (const { id, filename, created_at } of page) {
      if (isUploadFor(service.vectorStoreId, filename))
        uploads.push({ id, kind: 'upload', createdAt: dateOf(created_at) });
    }
  }
  return uploads;
}

async function listedFiles(service: Service, call: Call): Promise<StoreFile[]> {
  const files: StoreFile[] = [];
  for await (const page of service.list('oldest first', call)) files.push(...page);
  return files;
}

/** Finds garbage by two lists, so that a file which one of them missed is not taken for it. */
class Finder {
  readonly #tree: EntryTree;
  readonly #shared: SharedState;
  /** Writes whose head is in the first list, complete or on its way. */
  readonly #written: Set<string>;

  constructor(listed: readonly StoreFile[], tree: EntryTree, shared: SharedState) {
    this.#tree = tree;
    this.#shared = shared;
    this.#written = new Set(
      listed.flatMap(({ id, status, attributes }) => {
        const entry = hasFailed(status) ? undefined : decodeEntry(id, attributes);
        return entry?.kind === 'file' && !this.#isReplaced(entry) ? [entry.writeId] : [];
      }),
    );
  }

  /** The file, if it is garbage. A damaged one with a path is none: it can be deleted or replaced there. */
  garbageOf({ id, status, attributes, created_at }: StoreFile): Garbage[] {
    const entry = decodeEntry(id, attributes);
    if (entry === undefined) return [];
    const createdAt = dateOf(created_at);
    if (hasFailed(status)) return [{ id, kind: 'unprocessed', createdAt }];
    const kind = entry.kind === 'damaged' ? this.#kindOfDamaged(entry) : this.#kindOf(entry);
    return kind === undefined ? [] : [{ id, kind, createdAt }];
  }

  garbageOfBlob(writeId: string): Garbage[] {
    return this.#isNeeded(writeId) ? [] : [{ id: writeId, kind: 'blob', createdAt: writtenAt(writeId) }];
  }

  /** The kind of a damaged entry; it is garbage only where both lists show the damage. */
  #kindOfDamaged({ fileId, path }: DamagedEntry): Garbage['kind'] | undefined {
    return path === undefined && this.#tree.isUnnameable(fileId) ? 'damaged' : undefined;
  }

  #kindOf(entry: Entry): Garbage['kind'] | undefined {
    if (this.#tree.entry(entry.fileId) === undefined || this.#shared.isPinned(entry.writeId))
      return undefined;
    if (entry.kind === 'file') return this.#isReplaced(entry) ? 'version' : undefined;
    if (entry.kind !== 'directory') return this.#isNeeded(entry.writeId) ? undefined : 'piece';
    const holds = this.#tree.directoryEntries(entry.path)[0]?.fileId === entry.fileId;
    return holds ? undefined : 'version';
  }

  #isReplaced(entry: FileEntry): boolean {
    return (
      this.#tree.entry(entry.fileId) !== undefined && this.#tree.currentFile(entry.writeId) === undefined
    );
  }

  #isNeeded(writeId: string): boolean {
    return (
      this.#written.has(writeId) ||
      this.#tree.currentFile(writeId) !== undefined ||
      this.#shared.isPinned(writeId)
    );
  }
}

function hasFailed(status: StoreFile['status']): boolean {
  return status === 'failed' || status === 'cancelled';
}

/** The service counts in seconds. */
function dateOf(seconds: number): Date {
  return new Date(seconds * 1000);
}

function assertAge(olderThan: number): void {
  if (typeof olderThan === 'number' && olderThan >= 0) return;
  throw backendError('INVALID_ARGUMENT', 'olderThan must be a number of milliseconds, 0 or more');
}
