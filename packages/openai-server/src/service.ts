import { randomBytes } from 'node:crypto';
import type OpenAI from 'openai';
import { ApiError, notFound } from './api-error.ts';
import { Clock } from './clock.ts';
import { Collection } from './collection.ts';
import type { FaultsOfRequest } from './faults.ts';
import type { Limits } from './limits.ts';
import { RateWindow } from './rate-window.ts';
import { Settling } from './settling.ts';
import type { Store } from './store.ts';
import type { Unkindness } from './unkindness.ts';
import type { StoredUpload } from './uploads.ts';

/** A File as the service keeps it. */
export interface StoredFile {
  readonly id: string;
  readonly createdAt: number;
  readonly filename: string;
  readonly bytes: Buffer;
  readonly purpose: OpenAI.FilePurpose;
  readonly expiresAt: number | undefined;
  /** While pending, lists do not show it yet. */
  readonly listed: Settling;
  /** Set once it is deleted; while pending, lists go on showing it. */
  deleted?: Settling;
}

/** Everything the service knows. */
export class Service {
  readonly clock: Clock = new Clock();
  readonly unkind: Unkindness;
  readonly limits: Limits;
  readonly files: Collection<StoredFile> = new Collection();
  /** Files whose creation or deletion has not reached every list. */
  readonly unsettledFiles: Set<StoredFile> = new Set();
  readonly uploads: Map<string, StoredUpload> = new Map();
  readonly stores: Collection<Store> = new Collection();
  readonly uploadRate: RateWindow;

  constructor(unkind: Unkindness, limits: Limits) {
    this.unkind = unkind;
    this.limits = limits;
    this.uploadRate = new RateWindow(this.clock, () => this.limits.uploadsPerMinute);
  }

  newId(prefix: string): string {
    return prefix + randomBytes(12).toString('hex');
  }

  createdAt(): number {
    return this.unkind.equalCreatedAt ? this.clock.firstSecond() : this.clock.second();
  }

  /** How a change reaches its readers: as `unkind` says, unless a `late` fault says otherwise. */
  settling(
    faults: FaultsOfRequest,
    stage: 'processedAfter' | 'visibleAfter' | 'listedAfter',
    looks: number = this.unkind[stage],
  ): Settling {
    const late = faults.find('late');
    if (late?.[stage] === undefined) return new Settling(this.clock, looks, this.unkind.settleWithin);
    return new Settling(this.clock, late[stage], late.settleWithin ?? Number.POSITIVE_INFINITY);
  }

  file(id: string): StoredFile {
    const file = this.files.get(id);
    if (file === undefined || this.isGone(file)) throw notFound(`No such File object: ${id}`, 'id');
    return file;
  }

  isGone(file: StoredFile): boolean {
    return file.deleted !== undefined || this.hasExpired(file);
  }

  hasExpired(file: StoredFile): boolean {
    return file.expiresAt !== undefined && file.expiresAt <= this.clock.second();
  }

  store(id: string): Store {
    const store = this.stores.get(id);
    if (store === undefined) throw notFound(`Vector store with id '${id}' not found.`);
    return store;
  }

  addFile(file: StoredFile): void {
    this.files.add(file);
    if (file.listed.pending) this.unsettledFiles.add(file);
  }

  deleteFile(file: StoredFile, settling: Settling): void {
    file.deleted = settling;
    this.unsettledFiles.add(file);
    if (!settling.pending) this.forgetFile(file);
  }

  forgetFile(file: StoredFile): void {
    this.unsettledFiles.delete(file);
    this.files.delete(file.id);
  }

  /** A store that still does its work. */
  usableStore(id: string): Store {
    const store = this.store(id);
    if (store.expired)
      throw new ApiError(400, `Vector store '${id}' has expired.`, { code: 'vector_store_expired' });
    return store;
  }

  /** Ends everything that is still on its way to its readers. */
  settle(): void {
    for (const file of this.unsettledFiles) {
      file.listed.end();
      if (file.deleted !== undefined) this.forgetFile(file);
    }
    this.unsettledFiles.clear();
    for (const store of this.stores) store.settle();
  }
}
