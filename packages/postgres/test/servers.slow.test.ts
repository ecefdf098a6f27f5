// What servers do to a vault: how they are reached, that they only read, that they have no connection or no room left.
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test, vi } from 'vitest';
import { PostgresFileBackend, type PostgresFileBackendOptions } from '../src/index.ts';
import { hasOpenssl } from './support/certificates.ts';
import { Cluster, hasPostgres } from './support/cluster.ts';
import { hasPgBouncer, PgBouncer } from './support/pgbouncer.ts';
import { cluster } from './support/shared.ts';

const home = mkdtempSync(join(tmpdir(), 'f9-postgres-home-'));
afterAll(async () => {
  rmSync(home, { recursive: true });
});

const failure = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => 'no failure',
    (error: unknown) => error,
  );

/** What comes of opening a vault. */
async function opened(given: Partial<PostgresFileBackendOptions>): Promise<unknown> {
  await using vault = new PostgresFileBackend(
    cluster!.options({ connectTimeout: 3000, vault: 'opened', ...given }),
  );
  return await failure(vault.open());
}

describe.skipIf(!hasPostgres || !hasOpenssl)('TLS (needs PostgreSQL, openssl)', () => {
  test('a certificate for the host, of an authority that is trusted, is taken; the connection is encrypted', async () => {
    await using vault = new PostgresFileBackend(
      cluster!.options({ host: 'localhost', tls: 'verify', ca: cluster!.ca, vault: 'opened' }),
    );
    await vault.create('a.md', { data: 'A', overwrite: true });
    expect(await vault.check()).toMatchObject({ isEncrypted: true, files: 1, problems: [] });
    // A session and a watch have connections of their own.
    await vault.syncSession((session) => session.update('a.md', { data: 'B' }));
    expect(await vault.read('a.md', { binary: false })).toBe('B');
  });

  test('an authority that is not trusted, or another host, is refused before the password is said; `require` looks at neither', async () => {
    const other = join(cluster!.folder, 'other.crt');
    let asked = 0;
    const password = (): string => {
      asked++;
      return 'secret';
    };
    for (const given of [
      { host: 'localhost', tls: 'verify', ca: other },
      { host: 'localhost', tls: 'verify' },
      { host: '127.0.0.1', tls: 'verify', ca: cluster!.ca },
    ] as const) {
      expect(await opened({ ...given, user: 'guarded', password })).toMatchObject({
        code: 'UNAVAILABLE',
        message: expect.stringContaining('certificate'),
      });
    }
    expect(asked).toBe(0);
    expect(await opened({ host: '127.0.0.1', tls: 'require' })).toBe('no failure');
  });

  test('a file with certificates that is not there is said', async () => {
    expect(await opened({ host: 'localhost', tls: 'verify', ca: join(home, 'none.crt') })).toMatchObject({
      code: 'INVALID_ARGUMENT',
      message: expect.stringContaining('ca'),
    });
  });

  test('a server without TLS is told from one that is away', async () => {
    cluster!.sql('ALTER SYSTEM SET ssl = off');
    cluster!.sql('SELECT pg_reload_conf()');
    try {
      expect(await opened({ host: 'localhost', tls: 'verify', ca: cluster!.ca })).toMatchObject({
        code: 'UNAVAILABLE',
        message: expect.stringContaining('TLS'),
      });
    } finally {
      cluster!.sql('ALTER SYSTEM RESET ssl');
      cluster!.sql('SELECT pg_reload_conf()');
    }
  });
});

describe.skipIf(!hasPostgres)('passwords (needs PostgreSQL)', () => {
  test('come from ~/.pgpass, or the file that PGPASSFILE names, where nobody else can read it', async () => {
    cluster!.sql("CREATE ROLE kept LOGIN SUPERUSER PASSWORD 'right:one\\'");
    const guarded = { user: 'kept' };
    const line = `127.0.0.1:${cluster!.port}:*:kept:right\\:one\\\\`;
    const own = join(home, '.pgpass');
    vi.stubEnv('HOME', home);
    try {
      expect(await opened(guarded)).toMatchObject({ code: 'UNAUTHENTICATED' });
      writeFileSync(own, `# mine\nelsewhere:*:*:kept:wrong\n${line}\n*:*:*:*:wrong\n`, { mode: 0o600 });
      expect(await opened(guarded)).toBe('no failure');
      chmodSync(own, 0o644);
      expect(await opened(guarded), 'others can read it').toMatchObject({ code: 'UNAUTHENTICATED' });
      const named = join(home, 'passwords');
      writeFileSync(named, `${line}\n`, { mode: 0o600 });
      vi.stubEnv('PGPASSFILE', named);
      expect(await opened(guarded)).toBe('no failure');
      vi.stubEnv('PGPASSWORD', 'another');
      expect(await opened(guarded), 'the environment comes first').toMatchObject({ code: 'UNAUTHENTICATED' });
    } finally {
      vi.unstubAllEnvs();
    }
  });
});

test.skipIf(!hasPostgres)(
  'a password that changes in the middle is asked for anew; one that ran out is UNAUTHENTICATED, and nothing is changed (needs PostgreSQL)',
  async () => {
    const alter = (how: string): void => {
      cluster!.sql(`ALTER ROLE kept ${how}`);
      cluster!.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'kept'");
    };
    cluster!.sql(
      'DO $$ BEGIN CREATE ROLE kept LOGIN SUPERUSER; EXCEPTION WHEN duplicate_object THEN NULL; END $$',
    );
    let password = 'first';
    alter(`PASSWORD '${password}'`);
    const options = cluster!.options({ user: 'kept', vault: 'renewed', password: () => password });
    await using vault = new PostgresFileBackend(options);
    const written = async (data: string): Promise<unknown> =>
      await vault.create('a.md', { data, overwrite: true }).then(
        () => 'written',
        ({ code }) => code,
      );
    expect(await written('1')).toBe('written');
    password = 'second';
    alter(`PASSWORD '${password}'`);
    // A connection that was ended is told once, where a write may have taken place.
    await expect.poll(() => written('2')).toBe('written');
    alter("VALID UNTIL '2000-01-01'");
    await expect.poll(() => written('3')).toBe('UNAUTHENTICATED');
    await using other = new PostgresFileBackend(cluster!.options({ vault: 'renewed' }));
    expect(await other.read('a.md', { binary: false })).toBe('2');
    alter("VALID UNTIL 'infinity'");
    await expect.poll(() => written('4')).toBe('written');
  },
);

describe.skipIf(!hasPostgres)('a server that only reads (needs PostgreSQL)', () => {
  test('answers what reads, as soon as it has it, and refuses the rest with READ_ONLY', async () => {
    await using vault = new PostgresFileBackend(cluster!.options({ vault: 'followed' }));
    await vault.create('d/a.md', { data: 'A' });
    await vault.create('large', { data: 'x'.repeat(600_000) });
    await using standby = await cluster!.standby();
    await using reader = new PostgresFileBackend(standby.options({ vault: 'followed' }));
    expect(await reader.read('d/a.md', { binary: false })).toBe('A');
    expect(await reader.glob('**')).toEqual(['d/a.md', 'large']);
    expect(await reader.read('large')).toHaveLength(600_000);
    expect(await reader.check()).toMatchObject({ isStandby: true, files: 2, problems: [] });
    const { cursor } = await reader.changesSince(undefined);
    for (const write of [
      () => reader.create('b.md', { data: 'B' }),
      () => reader.update('d/a.md', { data: 'B', append: true }),
      () => reader.move('d/a.md', 'c.md'),
      () => reader.delete('d', { recursive: true }),
      () => reader.streamWrite('big', { chunkSource: ['x'.repeat(600_000)] }),
      () => reader.syncSession(async () => undefined),
    ]) {
      expect(await failure(write())).toMatchObject({ code: 'READ_ONLY', retryable: false });
    }
    await vault.update('d/a.md', { data: 'B' });
    await expect.poll(() => reader.read('d/a.md', { binary: false })).toBe('B');
    expect((await reader.changesSince(cursor)).changes).toMatchObject([{ path: 'd/a.md', kind: 'written' }]);
    await using unmade = new PostgresFileBackend(standby.options({ vault: 'unmade' }));
    expect(await failure(unmade.open())).toMatchObject({ code: 'READ_ONLY' });
  });
});

describe.skipIf(!hasPostgres)('connections (needs PostgreSQL)', () => {
  test('that are all in use are waited for, then TOO_MANY_OPEN, and what was held goes on', async () => {
    cluster!.sql('CREATE ROLE few LOGIN SUPERUSER');
    cluster!.sql('ALTER ROLE few NOSUPERUSER CONNECTION LIMIT 2');
    await using owner = new PostgresFileBackend(cluster!.options({ vault: 'few' }));
    await owner.create('a.md', { data: 'A' });
    cluster!.sql('GRANT USAGE ON SCHEMA f9_few TO few; GRANT ALL ON ALL TABLES IN SCHEMA f9_few TO few');
    cluster!.sql('GRANT USAGE ON ALL SEQUENCES IN SCHEMA f9_few TO few');
    const options = cluster!.options({ user: 'few', vault: 'few', connectTimeout: 400 });
    await using one = new PostgresFileBackend(options);
    await using other = new PostgresFileBackend(options);
    await one.open();
    await one.syncSession(async (session) => {
      await session.update('a.md', { data: 'B' });
      expect(await failure(other.read('a.md'))).toMatchObject({ code: 'TOO_MANY_OPEN' });
    });
    expect(await other.read('a.md', { binary: false }), 'one is free again').toBe('B');
  });

  test('of its own that are all in use are TOO_MANY_OPEN as well', async () => {
    await using vault = new PostgresFileBackend(cluster!.options({ vault: 'narrow' }));
    await vault.create('a.md', { data: 'A' });
    const options = cluster!.options({ vault: 'narrow', maxConnections: 1, connectTimeout: 200 });
    await using narrow = new PostgresFileBackend(options);
    await narrow.open();
    await vault.syncSession(async (session) => {
      await session.update('a.md', { data: 'B' });
      const waits = narrow.update('a.md', { data: 'C' });
      expect(await failure(narrow.read('a.md'))).toMatchObject({
        code: 'TOO_MANY_OPEN',
        message: expect.stringContaining('maxConnections'),
      });
      await session.commit();
      await waits;
    });
    expect(await vault.read('a.md', { binary: false })).toBe('C');
  });
});

/** Bytes of the disk that a database lies on. */
const ROOM = 16 * 1024 * 1024;
const canMount = process.platform === 'linux' && process.getuid?.() === 0;

test.skipIf(!hasPostgres || !canMount)(
  'a full disk of the server is NO_SPACE, changes nothing, and all goes on once there is room (needs PostgreSQL, root)',
  async () => {
    // One that others share would fail them too: whoever needs room in its memory writes out what the full disk has to take.
    await using server = await Cluster.start();
    const disk = join(home, 'disk');
    mkdirSync(disk);
    expect(spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${ROOM}`, 'tmpfs', disk]).status).toBe(0);
    chmodSync(home, 0o755);
    server.own(disk);
    try {
      server.sql(`CREATE TABLESPACE small LOCATION '${disk}'`);
      server.sql('CREATE DATABASE small TABLESPACE small');
      await using vault = new PostgresFileBackend(server.options({ database: 'small' }));
      await vault.create('kept', { data: 'kept' });
      const block = randomBytes(512 * 1024);
      const told: string[] = [];
      const filling = async (): Promise<void> => {
        for (let i = 0; i < 40; i++) {
          await vault.create(`f${i}`, { data: block });
          told.push(`f${i}`);
        }
      };
      expect(await failure(filling())).toMatchObject({ code: 'NO_SPACE' });
      expect(told.length).toBeGreaterThan(0);
      const many = failure(
        vault.syncSession(async (session) => {
          await session.update('kept', { data: 'changed' });
          for (let i = 0; i < 40; i++) await session.create(`s${i}`, { data: block });
        }),
      );
      expect(await many).toMatchObject({ code: 'NO_SPACE' });
      // The server may need room to read as well.
      spawnSync('mount', ['-o', `remount,size=${4 * ROOM}`, disk]);
      expect(await vault.read('kept', { binary: false })).toBe('kept');
      expect((await vault.glob('*')).toSorted()).toEqual(['kept', ...told].toSorted());
      for (const path of told) expect(block.equals(await vault.read(path))).toBe(true);
      expect(await vault.check()).toMatchObject({ problems: [] });
      await vault.create('after', { data: block });
      expect(block.equals(await vault.read('after'))).toBe(true);
    } finally {
      server.sql('DROP DATABASE small WITH (FORCE)');
      server.sql('DROP TABLESPACE small');
      spawnSync('umount', [disk]);
    }
  },
);

describe.skipIf(!hasPostgres || !hasPgBouncer)(
  'a pool before the server (needs PostgreSQL, PgBouncer)',
  () => {
    test.for([
      ['session', ''],
      ['transaction', ''],
      ['session', 'search_path'],
      ['transaction', 'search_path'],
    ])(
      'with pool_mode %s, that ignores "%s", holds no vault, and nothing is written',
      async ([mode, ignored]) => {
        const settings = 'statement_timeout,lock_timeout,client_min_messages';
        await using pool = await PgBouncer.start(cluster!.port, {
          pool_mode: mode!,
          ...(ignored !== '' && { ignore_startup_parameters: `${settings},${ignored}` }),
        });
        const vault = `pooled_${mode}_${ignored}`;
        expect(await opened({ vault, port: pool.port, tls: 'disable' })).toMatchObject({
          code: 'UNSUPPORTED',
          message: expect.stringContaining('connect to the server itself'),
        });
        expect(
          cluster!.sql(`SELECT count(*) FROM pg_tables WHERE schemaname IN ('public', 'f9_${vault}')`).trim(),
        ).toBe('0');
      },
    );
  },
);
