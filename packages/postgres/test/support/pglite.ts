// PostgreSQL in this process, with pgvector, which few machines have. All connections are one session of it: it takes one vault, and
// one statement at a time.
import { PGlite } from '@electric-sql/pglite';
import { vector } from '@electric-sql/pglite-pgvector';
import { PGLiteSocketServer } from '@electric-sql/pglite-socket';
import type { PostgresFileBackendOptions } from '../../src/index.ts';
import { freePort } from './cluster.ts';

export class EmbeddedServer implements AsyncDisposable {
  readonly port: number;
  readonly #database: PGlite;
  readonly #server: PGLiteSocketServer;

  private constructor(port: number, database: PGlite, server: PGLiteSocketServer) {
    this.port = port;
    this.#database = database;
    this.#server = server;
  }

  static async start(): Promise<EmbeddedServer> {
    const database = await PGlite.create({ extensions: { vector } });
    // What a connection asks for when it begins is not heard.
    await database.exec('SET search_path = f9_vault');
    const port = await freePort();
    const server = new PGLiteSocketServer({ db: database, port, host: '127.0.0.1', maxConnections: 10 });
    await server.start();
    return new EmbeddedServer(port, database, server);
  }

  /** How to open a vault in it. */
  options(more: Partial<PostgresFileBackendOptions> = {}): PostgresFileBackendOptions {
    const { port } = this;
    return { host: '127.0.0.1', port, database: 'postgres', user: 'postgres', maxConnections: 1, ...more };
  }

  /** The rows that the last of some statements answers. */
  async sql(text: string): Promise<readonly Record<string, unknown>[]> {
    return (await this.#database.exec(text)).at(-1)?.rows ?? [];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.stop();
    await this.#database.close();
  }
}
