import type { FileBackend, OperationOptions, PublishOptions, SyncConflict, SyncSession } from '@f9/core';
import { driverOf, ForwardingBackend } from '@f9/core/driver';
import { translated, translateIterable, translateStream } from './errors/translate.ts';

/** A backend whose errors are Node's own, such as `ENOENT` instead of `NOT_FOUND`, also in the middle of a stream or a listing. */
export class CompatibleFileBackend extends ForwardingBackend {
  protected readonly vault: FileBackend;

  /** @param backend stays open when this one is disposed; its `driver` throws errors of f9 */
  constructor(backend: FileBackend) {
    super();
    driverOf(backend, 'CompatibleFileBackend');
    this.vault = backend;
  }

  protected override async call<T>(run: (vault: FileBackend) => Promise<T>, to?: string): Promise<T> {
    return await translated(() => run(this.vault), to === undefined ? {} : { dest: to });
  }

  protected override stream<T>(open: (vault: FileBackend) => ReadableStream<T>): ReadableStream<T> {
    return translateStream(open(this.vault));
  }

  protected override listing<T>(open: (vault: FileBackend) => AsyncIterable<T>): AsyncIterable<T> {
    return translateIterable(open(this.vault));
  }

  protected override session(session: SyncSession): SyncSession {
    return new CompatibleSession(session);
  }

  override async conflictReport(options?: OperationOptions): Promise<SyncConflict[]> {
    const conflicts = await super.conflictReport(options);
    return conflicts.map((conflict) => ({
      path: conflict.path,
      status: conflict.status,
      kind: conflict.kind,
      paths: conflict.paths,
      read: (side) => translated(() => conflict.read(side)),
    }));
  }
}

/** A session, which disposing this object ends, unlike a wrapped backend. */
class CompatibleSession extends CompatibleFileBackend implements SyncSession {
  readonly #session: SyncSession;

  constructor(session: SyncSession) {
    super(session);
    this.#session = session;
  }

  get version(): string | undefined {
    return this.#session.version;
  }

  async commit(options?: PublishOptions): Promise<void> {
    await translated(() => this.#session.commit(options));
  }

  override async [Symbol.asyncDispose](): Promise<void> {
    await translated(() => this.#session[Symbol.asyncDispose]());
  }
}
