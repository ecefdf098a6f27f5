import type { DriverOptions } from '@f9/core/driver';
import type { Row, Value } from '../database/connection.ts';
import { openSchema } from '../database/open-schema.ts';
import { Pool } from '../database/pool.ts';
import { Readers } from '../files/readers.ts';
import type { ResolvedOptions } from '../options.ts';
import { HeldSession } from '../sessions/held-session.ts';

/** The open vault: its connections, and the session that a call belongs to. */
export class OpenVault {
  readonly options: ResolvedOptions;
  readonly pool: Pool;
  readonly readers: Readers;

  constructor(options: ResolvedOptions) {
    this.options = options;
    this.pool = new Pool(options);
    this.readers = new Readers(this.pool);
  }

  async open(signal: AbortSignal | undefined): Promise<void> {
    await openSchema(this.pool, this.options, signal);
  }

  /** The place of the vault, the same for all that open it. */
  get place(): string {
    const { host, port, database, vault } = this.options;
    return `${host}:${port}/${database}/${vault}`;
  }

  get schema(): string {
    return `f9_${this.options.vault}`;
  }

  /** Runs a statement that changes nothing, in the session if the call belongs to one. */
  async read(
    text: string,
    values: readonly Value[],
    { session, signal }: DriverOptions,
  ): Promise<readonly Row[]> {
    const held = heldBy(session);
    if (held !== undefined) return await held.query(text, values);
    return await this.pool.query(text, values, { signal, onlyReads: true });
  }

  /** Calls a function that changes files; the number of the session is its first argument. */
  async change(
    text: string,
    values: readonly Value[],
    { session, signal }: DriverOptions,
  ): Promise<readonly Row[]> {
    signal?.throwIfAborted();
    const held = heldBy(session);
    if (held !== undefined) return await held.change(text, values);
    return await this.pool.query(text, [null, ...values], { signal });
  }

  async close(): Promise<void> {
    await Promise.all([this.readers.close(), this.pool.close()]);
  }
}

/** The session of a call; none where it has ended, so that a stream begun in it goes on outside of it. */
function heldBy(session: DriverOptions['session']): HeldSession | undefined {
  return session instanceof HeldSession && !session.isOver ? session : undefined;
}
