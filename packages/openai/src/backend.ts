import type { BackendOptions, FileBackend, OperationOptions } from '@f9/core';
import { assertBackendOptions, backendError, DriverBackend, type DriverOptions } from '@f9/core/driver';
import { ContentStore } from './bytes/content-store.ts';
import { OpenAIDriver } from './driver.ts';
import { sharedStateOf } from './entries/shared-state.ts';
import { resolveOptions, TUNING_OPTIONS, type TuningOptions } from './options.ts';
import { CLIENT_OPTIONS, type ClientOptions, clientOf } from './service/client.ts';
import { Service } from './service/service.ts';
import type { GarbageOptions, GarbageReport } from './writing/garbage.ts';

/** The vector store, and the way the service is called. */
export interface OpenAIVectorStoreOptions extends BackendOptions, ClientOptions, TuningOptions {
  /** For example `vs_68a2…`; see `ensureVectorStore`. */
  readonly vectorStoreId: string;
  /** Keeps the bytes of files that are too large for attributes; the vector store is then their index. It is not disposed. */
  readonly contentStore?: FileBackend;
}

/** Files in an OpenAI vector store: kept byte for byte, found by meaning. */
export class OpenAIVectorStoreFileBackend extends DriverBackend {
  declare readonly driver: OpenAIDriver;

  /** @throws `UNAUTHENTICATED` without a key, `INVALID_ARGUMENT` */
  constructor(options: OpenAIVectorStoreOptions) {
    assertBackendOptions(options, ['vectorStoreId', 'contentStore', ...CLIENT_OPTIONS, ...TUNING_OPTIONS]);
    const { vectorStoreId, contentStore } = options;
    assertVectorStoreId(vectorStoreId);
    const resolved = resolveOptions(options);
    const client = clientOf(options);
    super(
      new OpenAIDriver(
        new Service(client, vectorStoreId, resolved),
        contentStore === undefined ? undefined : new ContentStore(contentStore, vectorStoreId),
        sharedStateOf(client.baseURL, vectorStoreId),
        resolved,
      ),
      options,
    );
  }

  /** Makes a backend and opens it at once, so that a wrong key or store is noticed here. */
  static async open(
    options: OpenAIVectorStoreOptions & OperationOptions,
  ): Promise<OpenAIVectorStoreFileBackend> {
    // The constructor refuses what is no object.
    const { signal, ...own } = Object(options) as typeof options;
    return await new OpenAIVectorStoreFileBackend(own).open({ signal });
  }

  /** Removes leftovers of interrupted writes from the service; none of them belongs to a file. */
  async collectGarbage(options: GarbageOptions & OperationOptions = {}): Promise<GarbageReport> {
    const run = (call: DriverOptions): Promise<GarbageReport> => this.driver.collectGarbage(options, call);
    const names = ['olderThan', 'dryRun'];
    return await this.operations.run('collectGarbage', undefined, options, (_, call) => run(call), names);
  }
}

/** @throws `INVALID_ARGUMENT` */
function assertVectorStoreId(id: string): void {
  if (typeof id === 'string' && /^[\w-]+$/.test(id)) return;
  throw backendError(
    'INVALID_ARGUMENT',
    'vectorStoreId must be the id of a vector store, as in "vs_123"; ensureVectorStore makes one',
  );
}
