import type { BackendOptions, OperationOptions, PublishOptions, SyncFileBackend } from '../backend.ts';
import { type Content, toByteSource } from '../contents/content.ts';
import type { BackendDriver } from '../driver/driver.ts';
import type { CommitOptions, DriverOptions } from '../driver/options.ts';
import { backendError } from '../errors.ts';
import type { ConflictResolution, SyncConflict, SyncDriver } from '../sync.ts';
import { DriverBackend } from './driver-backend.ts';

/** The rich interface over a driver that has a remote. */
export class SyncDriverBackend extends DriverBackend implements SyncFileBackend {
  readonly #sync: SyncDriver;

  /** @throws `UNSUPPORTED` for a driver without `sync` */
  constructor(driver: BackendDriver, options?: BackendOptions) {
    super(driver, options);
    if (driver.sync === undefined) {
      throw backendError('UNSUPPORTED', `The ${driver.name} backend has no remote to be in step with`);
    }
    this.#sync = driver.sync;
  }

  async pull(options: OperationOptions = {}): Promise<void> {
    await this.operations.run('pull', undefined, options, (_, call) => this.#sync.pull(call));
  }

  async push(options: PublishOptions = {}): Promise<void> {
    await this.operations.run('push', undefined, options, (_, call) =>
      this.#sync.push(withMessage(call, options)),
    );
  }

  async sync(options: PublishOptions = {}): Promise<void> {
    await this.operations.run('sync', undefined, options, async (_, call) => {
      await this.#sync.pull(call);
      await this.#sync.push(withMessage(call, options));
    });
  }

  async conflictReport(options: OperationOptions = {}): Promise<SyncConflict[]> {
    return await this.operations.run('conflictReport', undefined, options, (_, call) =>
      this.#sync.conflicts(call),
    );
  }

  async conflictAcceptLocal(path: string, options: OperationOptions = {}): Promise<void> {
    await this.#resolve('conflictAcceptLocal', path, { accept: 'local' }, options);
  }

  async conflictAcceptRemote(path: string, options: OperationOptions = {}): Promise<void> {
    await this.#resolve('conflictAcceptRemote', path, { accept: 'remote' }, options);
  }

  async conflictKeepBoth(path: string, options: OperationOptions = {}): Promise<void> {
    await this.#resolve('conflictKeepBoth', path, { accept: 'both' }, options);
  }

  async conflictResolve(path: string, options: { readonly data: Content } & OperationOptions): Promise<void> {
    await this.operations.runOn('conflictResolve', path, options, (target, call) =>
      this.operations.writeFrom(toByteSource(options?.data), call, (data) =>
        this.#sync.resolve(target, { data }, call),
      ),
    );
  }

  async #resolve(
    operation: string,
    path: string,
    resolution: ConflictResolution,
    options: OperationOptions,
  ): Promise<void> {
    await this.operations.runOn(operation, path, options, (target, call) =>
      this.#sync.resolve(target, resolution, call),
    );
  }
}

function withMessage(call: DriverOptions, { message }: PublishOptions): CommitOptions {
  return { ...call, message };
}

/** The backend of a driver: a `SyncFileBackend` where it has a remote. */
export function backendOf(driver: BackendDriver, options?: BackendOptions): DriverBackend {
  return driver.sync === undefined
    ? new DriverBackend(driver, options)
    : new SyncDriverBackend(driver, options);
}
