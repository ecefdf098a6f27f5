import { type FileBackend, isFileBackendError } from '@f9/core';
import type { BackendPath } from '@f9/core/driver';
import { PostgresFileBackend } from '../src/index.ts';
import type { Cluster } from './support/cluster.ts';
import { MessageProxy } from './support/proxy.ts';

/** Something that is done to a vault that holds `BEFORE`; all of it counts, or nothing. */
export interface Operation {
  readonly name: string;
  /** The vault is opened by it, and not before. */
  readonly opens?: true;
  readonly run: (vault: PostgresFileBackend) => Promise<unknown>;
}

const LARGE = 'x'.repeat(700_000);
const BEFORE: Readonly<Record<string, string>> = {
  'a.md': 'old',
  'b.md': 'other',
  'dir/one.md': 'one',
  'dir/two.md': 'two',
  large: LARGE,
};

export const OPERATIONS: readonly Operation[] = [
  { name: 'open', opens: true, run: (vault) => vault.open() },
  { name: 'create', run: (vault) => vault.create('new/a.md', { data: 'new' }) },
  { name: 'replace', run: (vault) => vault.create('a.md', { data: 'new', overwrite: true }) },
  {
    name: 'update with ifMatch',
    run: async (vault) => {
      const { etag } = await vault.info('a.md');
      await vault.update('a.md', { data: 'new', ifMatch: etag! });
    },
  },
  { name: 'append', run: (vault) => vault.update('a.md', { data: ', new', append: true }) },
  { name: 'write a large file', run: (vault) => vault.streamWrite('long', { chunkSource: [LARGE, LARGE] }) },
  { name: 'append to a large file', run: (vault) => vault.update('large', { data: LARGE, append: true }) },
  { name: 'delete', run: (vault) => vault.delete('a.md') },
  { name: 'delete a tree', run: (vault) => vault.delete('dir', { recursive: true }) },
  { name: 'move', run: (vault) => vault.move('a.md', 'moved/a.md') },
  { name: 'move onto', run: (vault) => vault.move('a.md', 'b.md', { overwrite: true }) },
  { name: 'move a tree', run: (vault) => vault.move('dir', 'moved') },
  { name: 'copy', run: (vault) => vault.copy('large', 'copied') },
  {
    name: 'session',
    run: (vault) =>
      vault.syncSession(async (session) => {
        await session.update('a.md', { data: 'in the session' });
        await session.delete('b.md');
        await session.create('c.md', { data: LARGE });
      }),
  },
  {
    name: 'append that makes the file',
    run: (vault) => vault.update('new/log', { data: 'new', append: true, create: true }),
  },
  { name: 'edit', run: (vault) => vault.edit('a.md', (bytes) => `${Buffer.from(bytes)}, new`) },
  {
    name: 'write many',
    run: async (vault) => {
      const files = Array.from({ length: 20 }, (_, i) => ({
        path: `many/${i}` as BackendPath,
        source: Buffer.from(`new ${i}`),
        ifExists: 'fail' as const,
        ifMissing: 'create' as const,
      }));
      assertAll(await vault.driver.writeMany!(files, {}));
    },
  },
  {
    name: 'remove many',
    run: async (vault) => {
      const files = ['a.md', 'dir/one.md', 'dir/two.md'].map((path) => ({ path: path as BackendPath }));
      assertAll(await vault.driver.removeMany!(files, {}));
    },
  },
  { name: 'copy a tree', run: (vault) => vault.copy('dir', 'copied') },
  { name: 'changes', run: (vault) => vault.changesSince(undefined) },
  { name: 'read', run: (vault) => vault.read('large') },
  { name: 'list', run: (vault) => Array.fromAsync(vault.list('/', { recursive: true })) },
];

/** Throws what hindered one of many. */
function assertAll(results: readonly PromiseSettledResult<unknown>[]): void {
  for (const result of results) if (result.status === 'rejected') throw result.reason;
}

/** What happens at a message. */
export type FaultKind = 'cut' | 'kill';

/** Codes that an operation may end in when its server or its connection goes. */
const TOLD = ['UNAVAILABLE', 'LOCK_LOST', 'TIMEOUT', 'TOO_MANY_OPEN'];

/** Puts faults at the messages of operations and looks at what became of the vault. */
export class FaultMatrix implements AsyncDisposable {
  readonly #cluster: Cluster;
  readonly #proxy: MessageProxy;
  readonly #direct: PostgresFileBackend;
  readonly #after = new Map<Operation, { readonly state: string; readonly messages: number }>();

  private constructor(cluster: Cluster, proxy: MessageProxy) {
    this.#cluster = cluster;
    this.#proxy = proxy;
    this.#direct = new PostgresFileBackend(cluster.options({ vault: 'faults' }));
  }

  static async start(cluster: Cluster): Promise<FaultMatrix> {
    return new FaultMatrix(cluster, await MessageProxy.start({ host: '127.0.0.1', port: cluster.port }));
  }

  /** How many messages the operation takes; those of opening the vault are the operation's that opens it. */
  async messagesOf(operation: Operation): Promise<number> {
    return (await this.#whole(operation)).messages;
  }

  /**
   * Runs an operation with a fault at one of its messages.
   *
   * @returns whether the fault struck @throws where the vault is neither as it was nor as it was to be, what was acknowledged is lost, or
   * the vault cannot be used afterwards
   */
  async try(operation: Operation, kind: FaultKind, at: number): Promise<boolean> {
    const after = await this.#whole(operation);
    const before = await this.#fill();
    let hasStruck = false;
    await using vault = await this.#opened(operation);
    this.#proxy.onMessage = ({ number }) => {
      if (number !== at) return true;
      hasStruck = true;
      if (kind === 'kill') this.#cluster.killBackends();
      return kind !== 'cut';
    };
    const failure = await operation.run(vault).then(
      () => undefined,
      (error: unknown) => error,
    );
    this.#proxy.onMessage = () => true;
    if (kind === 'kill') await this.#cluster.recovered();
    const state = await stateOf(this.#direct);
    if (failure === undefined ? state !== after.state : state !== before && state !== after.state) {
      throw new Error(`The vault is neither old nor new: ${state}`, { cause: failure });
    }
    if (failure !== undefined && !(isFileBackendError(failure) && TOLD.includes(failure.code))) {
      throw new Error('It was told otherwise than it should be', { cause: failure });
    }
    this.#assertSound();
    // Whoever goes on with the same object finds it well.
    await vault.create('afterwards', { data: 'well' });
    await vault.syncSession(async () => undefined, { timeout: 10_000 });
    return hasStruck;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#direct.close();
    await this.#proxy[Symbol.asyncDispose]();
  }

  /** The vault as the operation finds it, its messages counted from here on. */
  async #opened({ opens }: Operation): Promise<PostgresFileBackend> {
    const options = { vault: 'faults', port: this.#proxy.port, maxConnections: 1, connectTimeout: 10_000 };
    const vault = new PostgresFileBackend(this.#cluster.options(options));
    if (opens !== true) await vault.open();
    this.#proxy.reset();
    return vault;
  }

  async #whole(operation: Operation): Promise<{ readonly state: string; readonly messages: number }> {
    let known = this.#after.get(operation);
    if (known === undefined) {
      await this.#fill();
      let messages: number;
      {
        await using vault = await this.#opened(operation);
        await operation.run(vault);
        messages = this.#proxy.messages;
      }
      known = { state: await stateOf(this.#direct), messages };
      this.#after.set(operation, known);
    }
    return known;
  }

  /** Makes the vault what it is before each operation. */
  async #fill(): Promise<string> {
    for await (const { path } of this.#direct.list()) await this.#direct.delete(path, { recursive: true });
    for (const [path, data] of Object.entries(BEFORE)) await this.#direct.create(path, { data });
    return await stateOf(this.#direct);
  }

  /** Every file has its bytes, and no bytes are left but those of writes that were cut off. */
  #assertSound(): void {
    const wrong = this.#cluster.sql(`SET search_path TO f9_faults;
      SELECT 'bytes of ' || path_of(key) FROM entries e WHERE content IS NOT NULL
        AND size <> (SELECT coalesce(sum(length(bytes)), 0) FROM blocks b WHERE b.content = e.content)
      UNION SELECT 'left over: ' || content FROM blocks WHERE content NOT IN
        (SELECT content FROM entries WHERE content IS NOT NULL UNION SELECT content FROM staged UNION SELECT content FROM discarded)`);
    if (wrong !== '') throw new Error(wrong);
  }
}

async function stateOf(vault: FileBackend): Promise<string> {
  const lines: string[] = [];
  for await (const { path, fileType } of vault.list('/', { recursive: true })) {
    lines.push(fileType === 'file' ? `${path} ${await vault.checksum(path)}` : `${path}/`);
  }
  return lines.join('\n');
}
