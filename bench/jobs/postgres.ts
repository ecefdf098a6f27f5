import { mkdtempSync, rmSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import postgres from 'postgres';
import { mirror } from '../../packages/core/src/index.ts';
import { LocalFileBackend } from '../../packages/local/src/index.ts';
import { PostgresFileBackend } from '../../packages/postgres/src/index.ts';
import { Cluster, hasPostgres } from '../../packages/postgres/test/support/cluster.ts';
import { MessageProxy } from '../../packages/postgres/test/support/proxy.ts';
import { flatListing } from '../flat-listing.ts';
import type { Figure, Job } from '../harness.ts';

/** Milliseconds of a round trip, as to a server far away. */
const LATENCY = 20;
const FILES = 1000;
/** Rows of one statement of the peer. */
const ROWS = 500;

const NOT_MEASURED = "not measured: install the server, Debian's postgresql";

const far: Job = {
  name: `postgres: a folder of 1,000 files mirrored into a database, ${LATENCY} ms a round trip`,
  async prepare(scale) {
    if (!hasPostgres) {
      console.log(NOT_MEASURED);
      return {};
    }
    const files = scale.size(FILES);
    const texts = Array.from({ length: files }, (_, i) => ({
      path: `notes/d${i % 10}/note-${i}.md`,
      text: `note ${i}\n`.repeat(20),
    }));
    const folder = mkdtempSync(join(tmpdir(), 'f9-bench-postgres-'));
    for (let i = 0; i < 10; i++) await mkdir(join(folder, `notes/d${i}`), { recursive: true });
    for (const { path, text } of texts) await writeFile(join(folder, path), text);
    const cluster = await Cluster.start({ isDurable: true });
    const proxy = await MessageProxy.start({ host: '127.0.0.1', port: cluster.port });
    proxy.delay = LATENCY / 2;

    /** Round trips and seconds of a work. */
    async function measure(name: string, work: () => Promise<unknown>, atMost?: number): Promise<Figure[]> {
      proxy.reset();
      const begun = performance.now();
      await work();
      const seconds = (performance.now() - begun) / 1000;
      const count: Figure = { name: `${name}, round trips`, value: proxy.roundTrips, unit: 'round trips' };
      return [
        atMost === undefined ? count : { ...count, atMost },
        { name: `${name}, time`, value: Math.round(seconds * 100) / 100, unit: 's' },
      ];
    }

    async function ours(): Promise<Figure[]> {
      const options = cluster.options({ vault: 'mirrored', port: proxy.port });
      await using source = new LocalFileBackend({ root: folder });
      const opened = async (work: (vault: PostgresFileBackend) => Promise<unknown>): Promise<void> => {
        await using vault = new PostgresFileBackend(options);
        await work(vault);
      };
      const pages = Math.ceil(files / 1000);
      const session = async (vault: PostgresFileBackend): Promise<void> =>
        await vault.syncSession(async (session) => {
          for (let i = 0; i < 100; i++) await session.create(`written/${i}.md`, { data: `${i}` });
        });
      const transactions = (): number =>
        Number(
          cluster.sql(
            `SELECT count(DISTINCT changed) FROM f9_mirrored.entries WHERE key >= f9_mirrored.key_of('written')`,
          ),
        );
      return [
        ...(await measure('f9, first', () => opened((vault) => mirror(source, vault)), 40)),
        // Opening, and for each page a listing and the checksums of what it shows.
        ...(await measure(
          'f9, again unchanged',
          () => opened((vault) => mirror(source, vault)),
          10 + 4 * pages,
        )),
        ...(await measure(
          'f9, recursive delete',
          () => opened((vault) => vault.delete('notes', { recursive: true })),
          10,
        )),
        ...(await measure('f9, a session of 100 writes', () => opened(session))),
        { name: 'f9, a session of 100 writes, transactions', value: transactions(), unit: '', atMost: 1 },
      ];
    }

    /** A table of paths, bytes and checksums, as a program would have it. */
    async function theirs(): Promise<Figure[]> {
      cluster.sql('CREATE TABLE files (path text PRIMARY KEY, bytes bytea NOT NULL, sha256 text NOT NULL)');
      const { host, port, database, user } = cluster.options({ port: proxy.port });
      const connected = async (work: (sql: postgres.Sql) => Promise<unknown>): Promise<void> => {
        const sql = postgres({ host, port, database, username: user, max: 1 });
        await work(sql);
        await sql.end();
      };
      const one = async (sql: postgres.Sql): Promise<void> => {
        for (const { path, text } of texts) {
          const bytes = Buffer.from(text);
          await sql`INSERT INTO files VALUES (${path}, ${bytes}, encode(sha256(${bytes}), 'hex'))`;
        }
      };
      const many = async (sql: postgres.Sql): Promise<void> => {
        for (let i = 0; i < texts.length; i += ROWS) {
          const rows = texts.slice(i, i + ROWS).map(({ path, text }) => ({ path, text }));
          await sql`INSERT INTO files SELECT path, convert_to(text, 'UTF8'), encode(sha256(convert_to(text, 'UTF8')), 'hex')
            FROM jsonb_to_recordset(${sql.json(rows)}) AS file (path text, text text)`;
        }
      };
      const first = await measure('postgres, an INSERT a file', () => connected(one));
      cluster.sql('TRUNCATE files');
      return [...first, ...(await measure(`postgres, an INSERT of ${ROWS} files`, () => connected(many)))];
    }

    return {
      figures: async () => [...(await ours()), ...(await theirs())],
      async dispose() {
        await proxy[Symbol.asyncDispose]();
        await cluster[Symbol.asyncDispose]();
        rmSync(folder, { recursive: true });
      },
    };
  },
};

const listing: Job = {
  name: 'postgres: a listing of 100,000 files in flat memory',
  async prepare(scale) {
    if (!hasPostgres) {
      console.log(NOT_MEASURED);
      return {};
    }
    const files = scale.size(100_000);
    const cluster = await Cluster.start();
    await using vault = new PostgresFileBackend(cluster.options({ vault: 'large' }));
    for (let i = 0; i < 100; i++) await vault.create(`d${i}/first`);
    cluster.sql(`SET search_path = f9_large;
      INSERT INTO entries (key, content, version, size, sha256, created_at, modified_at)
      SELECT key_of('d' || i % 100 || '/n' || i), nextval('numbers'), i, 0, '', now(), now() FROM generate_series(1, ${files - 100}) i`);
    return {
      async figures() {
        await using vault = new PostgresFileBackend(cluster.options({ vault: 'large' }));
        return await flatListing(vault, files);
      },
      async dispose() {
        await cluster[Symbol.asyncDispose]();
      },
    };
  },
};

export const jobs: readonly Job[] = [far, listing];
