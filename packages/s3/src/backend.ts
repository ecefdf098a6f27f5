import type { OperationOptions } from '@f9/core';
import { backendError, DriverBackend, type DriverOptions, normalizePath } from '@f9/core/driver';
import { S3Driver } from './driver.ts';
import { resolveOptions, type S3FileBackendOptions } from './options.ts';
import { Credentials } from './service/credentials.ts';
import { Requests } from './service/requests.ts';
import { Service } from './service/service.ts';
import { checkKeys, type VaultCheck } from './upkeep/check.ts';
import { collectGarbage, type GarbageOptions, type GarbageReport } from './upkeep/garbage.ts';
import type { Traits } from './vault/probe.ts';
import { sharedStateOf } from './vault/shared-state.ts';

/** Options of `presign`. */
export interface PresignOptions extends OperationOptions {
  /** Seconds for which the URL can be used; most 604,800, a week. */
  readonly expires: number;
}

/** Most seconds for which the signature of a URL is valid. */
const WEEK = 604_800;

/** Files in an S3 bucket, exact between all who use it, on every host. */
export class S3FileBackend extends DriverBackend {
  declare readonly driver: S3Driver;

  /** @throws `INVALID_ARGUMENT` */
  constructor(options: S3FileBackendOptions) {
    const resolved = resolveOptions(options);
    const { endpoint = '', bucket, prefix } = resolved;
    super(
      new S3Driver(
        new Service(new Requests(resolved, new Credentials(options))),
        sharedStateOf(endpoint, bucket, prefix),
        resolved,
      ),
      options,
    );
  }

  /** A URL by which anybody can read the file until it expires. No request is made, so a missing file shows only when it is used. */
  async presign(path: string, options: PresignOptions): Promise<string> {
    const { expires } = options;
    if (!Number.isInteger(expires) || expires < 1 || expires > WEEK) {
      throw backendError('INVALID_ARGUMENT', `expires must be whole seconds from 1 to ${WEEK}`);
    }
    const normal = normalizePath(path);
    const { requests } = this.driver.service;
    const run = async (): Promise<string> => requests.presign({ key: this.driver.keys.of(normal) }, expires);
    return await this.operations.run('presign', normal, options, run, ['expires']);
  }

  /** Removes leftovers of interrupted writers; none of them belongs to a file. */
  async collectGarbage(options: GarbageOptions = {}): Promise<GarbageReport> {
    const { dryRun, olderThan } = options;
    const run = (call: DriverOptions): Promise<GarbageReport> =>
      collectGarbage(this.driver.service, this.driver.keys, { dryRun, olderThan }, call);
    const names = ['olderThan', 'dryRun'];
    return await this.operations.run('collectGarbage', undefined, options, (_, call) => run(call), names);
  }

  /** Checks every key. */
  async check(options: OperationOptions = {}): Promise<VaultCheck> {
    const run = (call: DriverOptions): Promise<VaultCheck> =>
      checkKeys(this.driver.listing, this.driver.keys, call);
    return await this.operations.run('check', undefined, options, (_, call) => run(call));
  }

  /** How the store treats conditions, as found when the vault was opened. */
  async traits(options: OperationOptions = {}): Promise<Traits> {
    return await this.operations.run('traits', undefined, options, async () => this.driver.traits);
  }
}

/** Makes the bucket where there is none. @throws `PERMISSION_DENIED` where it is somebody else's */
export async function ensureBucket(options: S3FileBackendOptions & OperationOptions): Promise<void> {
  // What is no object names no bucket, which is refused.
  const { signal, ...own } = Object(options) as typeof options;
  const resolved = resolveOptions(own);
  const service = new Service(new Requests(resolved, new Credentials(own)));
  try {
    const call = { signal };
    if ((await service.createBucket(resolved.region, call)) === 'made') return;
    // The bucket exists; listing it shows whose it is.
    await service.list({ prefix: '', most: 1 }, call);
  } finally {
    service.requests.close();
  }
}
