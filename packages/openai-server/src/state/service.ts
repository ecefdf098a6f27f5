import { randomBytes } from 'node:crypto';
import type { FaultsOfRequest } from '../faults/fault-plan.ts';
import { ApiError, notFound } from './api-error.ts';
import { Clock } from './clock.ts';
import { Collection } from './collection.ts';
import type { Limits } from './limits.ts';
import { RateWindow } from './rate-window.ts';
import { Settling } from './settling.ts';
import type { Store } from './store.ts';
import { StoredFiles } from './stored-files.ts';
import type { StoredUpload } from './stored-upload.ts';
import type { Unkindness } from './unkindness.ts';

type Stage = 'processedAfter' | 'visibleAfter' | 'listedAfter';

/** Files that processing fails on. */
export type ProcessingRule = (file: {
  readonly filename: string;
  readonly bytes: Uint8Array;
}) =>
  | { readonly code: 'server_error' | 'unsupported_file' | 'invalid_file'; readonly message?: string }
  | undefined;

/** The whole state of the service. */
export class Service {
  readonly clock: Clock = new Clock();
  readonly unkind: Unkindness;
  readonly limits: Limits;
  readonly files: StoredFiles = new StoredFiles(this.clock);
  readonly uploads: Map<string, StoredUpload> = new Map();
  readonly stores: Collection<Store> = new Collection();
  readonly uploadRate: RateWindow;
  failsOn: ProcessingRule | undefined;

  constructor(unkind: Unkindness, limits: Limits) {
    this.unkind = unkind;
    this.limits = limits;
    this.uploadRate = new RateWindow(this.clock, () => limits.uploadsPerMinute);
  }

  newId(prefix: string): string {
    return prefix + randomBytes(12).toString('hex');
  }

  createdAt(): number {
    return this.unkind.equalCreatedAt ? this.clock.firstSecond() : this.clock.second();
  }

  /** How a change reaches its readers: after `looks`, unless a `late` fault says otherwise. */
  settling(faults: FaultsOfRequest, stage: Stage, looks: number = this.unkind[stage]): Settling {
    const late = faults.find('late');
    if (late?.[stage] === undefined) return new Settling(this.clock, looks, this.unkind.settleWithin);
    return new Settling(this.clock, late[stage], late.settleWithin ?? Number.POSITIVE_INFINITY);
  }

  store(id: string): Store {
    const store = this.stores.get(id);
    if (store === undefined) throw notFound(`Vector store with id '${id}' not found.`);
    return store;
  }

  /** A store that has not expired. */
  usableStore(id: string): Store {
    const store = this.store(id);
    if (store.expired) {
      throw new ApiError(400, `Vector store '${id}' has expired.`, { code: 'vector_store_expired' });
    }
    return store;
  }

  settle(): void {
    this.files.settle();
    for (const store of this.stores) store.settle();
  }
}
