import { backendError, forEachConcurrently } from '@f9/core';
import { isOurs } from './attributes.ts';
import type { Call } from './call.ts';
import type { ContentStore } from './content-store.ts';
import type { EntryTree } from './entry-tree.ts';
import type { Removal } from './removal.ts';
import type { Service, StoreFile } from './service.ts';
import type { StoreIndex } from './store-index.ts';
import { isUploadFor, writtenAt } from './upload-name.ts';
import type { Vault } from './vault.ts';

export interface GarbageOptions {
  /** Milliseconds since it was made; what is younger may belong to a write that is under way. Default 24 hours. */
  readonly olderThan?: number;
  /** Only tell what would be removed. Default false. */
  readonly dryRun?: boolean;
}

/** What writes that were cut off have left behind. */
export interface Garbage {
  /** The id of a File, or the name of a blob in the content store. */
  readonly id: string;
  readonly kind: 'version' | 'piece' | 'unprocessed' | 'upload' | 'blob';
  readonly createdAt: Date;
}

export interface GarbageReport {
  readonly removed: readonly Garbage[];
}

const DAY = 24 * 3600 * 1000;
/** Removed at the same time. */
const CONCURRENCY = 8;

interface Place {
  readonly service: Service;
  readonly contentStore: ContentStore | undefined;
  readonly index: StoreIndex;
  readonly removal: Removal;
  readonly vault: Vault;
}

/** Removes what bears the mark of f9 and of this store, and belongs to no file. */
export async function collectGarbage(
  place: Place,
  { olderThan = DAY, dryRun = false }: GarbageOptions,
  call: Call,
): Promise<GarbageReport> {
  assertAge(olderThan);
  const before = Date.now() - olderThan;
  // What is uploaded or added later than this is not in these lists, and so not garbage.
  const uploads = await uploadsOf(place.service, call);
  const attached = await filesOf(place.service, call);
  const tree = await place.index.refreshed(call);
  const garbage = [
    ...attached.flatMap((file) => garbageOf(file, tree, place.vault)),
    ...(await blobsWithoutFile(place, tree, call)),
  ].filter(({ createdAt }) => createdAt.getTime() <= before);
  const isAttached = new Set(attached.map(({ id }) => id));
  for (const upload of uploads) {
    if (isAttached.has(upload.id) || upload.createdAt.getTime() > before) continue;
    // The list may have left it out.
    if ((await place.service.look(upload.id, call)) === undefined) garbage.push(upload);
  }
  if (!dryRun) await forEachConcurrently(garbage, CONCURRENCY, (item) => remove(place, item, call));
  return { removed: garbage };
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

async function filesOf(service: Service, call: Call): Promise<StoreFile[]> {
  const files: StoreFile[] = [];
  for await (const page of service.list(call)) files.push(...page);
  return files;
}

/** The file, if it is garbage. What is damaged is left to whoever can tell what it was. */
function garbageOf(file: StoreFile, tree: EntryTree, vault: Vault): Garbage[] {
  const kind = kindOfGarbage(file, tree, vault);
  return kind === undefined ? [] : [{ id: file.id, kind, createdAt: dateOf(file.created_at) }];
}

function kindOfGarbage(
  { id, status, attributes }: StoreFile,
  tree: EntryTree,
  vault: Vault,
): Garbage['kind'] | undefined {
  if (!isOurs(attributes)) return undefined;
  if (status === 'failed' || status === 'cancelled') return 'unprocessed';
  const entry = tree.entry(id);
  if (entry === undefined || vault.isPinned(entry.writeId)) return undefined;
  if (entry.kind === 'directory') {
    return tree.directoryEntries(entry.path)[0] === entry ? undefined : 'version';
  }
  if (tree.currentFile(entry.writeId) !== undefined) return undefined;
  return entry.kind === 'file' ? 'version' : 'piece';
}

async function blobsWithoutFile(
  { contentStore, vault }: Place,
  tree: EntryTree,
  call: Call,
): Promise<Garbage[]> {
  const writeIds = (await contentStore?.writeIds(call)) ?? [];
  return writeIds
    .filter((writeId) => tree.currentFile(writeId) === undefined && !vault.isPinned(writeId))
    .map((id) => ({ id, kind: 'blob', createdAt: writtenAt(id) }));
}

async function remove(
  { service, contentStore, removal }: Place,
  { id, kind }: Garbage,
  call: Call,
): Promise<void> {
  if (kind === 'blob') await contentStore?.delete(id, call);
  else if (kind === 'upload') await service.deleteUpload(id, call);
  else await removal.erase([id], call);
}

/** The service counts in seconds. */
function dateOf(seconds: number): Date {
  return new Date(seconds * 1000);
}

function assertAge(olderThan: number): void {
  if (typeof olderThan === 'number' && olderThan >= 0) return;
  throw backendError('INVALID_ARGUMENT', 'olderThan must be a number of milliseconds, 0 or more');
}
