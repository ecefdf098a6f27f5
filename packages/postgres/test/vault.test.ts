import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import type { VaultChange } from '@f9/core';
import { isFileBackendError } from '@f9/core';
import { describe, expect, test } from 'vitest';
import { PostgresFileBackend, type PostgresFileBackendOptions } from '../src/index.ts';
import { freePort, hasPostgres } from './support/cluster.ts';
import { MessageProxy } from './support/proxy.ts';
import { cluster } from './support/shared.ts';

let made = 0;

/** A vault of its own, and more backends on it. */
function fresh(given: Partial<PostgresFileBackendOptions> = {}): {
  readonly vault: PostgresFileBackend;
  readonly name: string;
  another(more?: Partial<PostgresFileBackendOptions>): PostgresFileBackend;
} {
  const name = `v${++made}`;
  const open = (more: Partial<PostgresFileBackendOptions> = {}): PostgresFileBackend =>
    new PostgresFileBackend(cluster!.options({ vault: name, ...given, ...more }));
  return { vault: open(), name, another: open };
}

const failure = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => 'no failure',
    (error: unknown) => error,
  );

const blocks = (name: string): number => Number(cluster!.sql(`SELECT count(*) FROM f9_${name}.blocks`));
const MB = 1024 * 1024;

describe.skipIf(!hasPostgres)('a server or a vault that cannot be used (needs PostgreSQL)', () => {
  const opened = async (given: Partial<PostgresFileBackendOptions>): Promise<unknown> => {
    await using vault = new PostgresFileBackend(cluster!.options({ connectTimeout: 2000, ...given }));
    return await failure(vault.create('a.md', { data: 'a', overwrite: true }));
  };

  test('a server that is not there is UNAVAILABLE', async () => {
    expect(await opened({ port: await freePort() })).toMatchObject({ code: 'UNAVAILABLE', retryable: true });
  });

  test('a password that is wrong, or missing, is UNAUTHENTICATED; a function is asked for it', async () => {
    cluster!.sql("CREATE ROLE guarded LOGIN SUPERUSER PASSWORD 'right:one\\'");
    const guarded = { user: 'guarded', vault: 'guarded' };
    const wrong = await opened({ ...guarded, password: 'sec-ret' });
    expect(wrong).toMatchObject({ code: 'UNAUTHENTICATED' });
    expect(String(wrong) + JSON.stringify(wrong)).not.toContain('sec-ret');
    expect(await opened(guarded)).toMatchObject({ code: 'UNAUTHENTICATED' });
    expect(await opened({ ...guarded, password: async () => 'right:one\\' })).toBe('no failure');
  });

  test('a database that is not there is NOT_FOUND, and says how to make it', async () => {
    const error = await opened({ database: 'nowhere' });
    expect(error).toMatchObject({ code: 'NOT_FOUND', message: expect.stringContaining('createdb') });
  });

  test('who is let in nowhere, by no rule of the server, or not now, is told what to check', async () => {
    cluster!.sql('CREATE ROLE away NOLOGIN');
    cluster!.sql('CREATE ROLE plain LOGIN');
    cluster!.sql('CREATE DATABASE shut ALLOW_CONNECTIONS false');
    cluster!.sql('CREATE DATABASE narrow CONNECTION LIMIT 0');
    for (const [given, code, checked] of [
      [{ user: 'nobody' }, 'UNAUTHENTICATED', 'check the user'],
      [{ user: 'away' }, 'UNAUTHENTICATED', 'check the user'],
      [{ user: 'guarded', password: 'wrong' }, 'UNAUTHENTICATED', 'PGPASSWORD'],
      [{ database: 'shut' }, 'UNAVAILABLE', 'ALLOW_CONNECTIONS'],
      [{ database: 'narrow', user: 'plain', connectTimeout: 300 }, 'TOO_MANY_OPEN', 'limit of the database'],
    ] as const) {
      expect(await opened(given)).toMatchObject({ code, message: expect.stringContaining(checked) });
    }
  });

  test('a database that cannot hold a vault, or a schema of another program, is told from a vault, and stays as it is', async () => {
    cluster!.sql("CREATE DATABASE latin ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0");
    expect(await opened({ database: 'latin' })).toMatchObject({
      code: 'UNSUPPORTED',
      message: expect.stringContaining('createdb -E UTF8'),
    });
    cluster!.sql('CREATE SCHEMA f9_foreign; CREATE TABLE f9_foreign.vault (name text)');
    expect(await opened({ vault: 'foreign' })).toMatchObject({
      code: 'NOT_FOUND',
      message: expect.stringContaining('another program'),
    });
    expect(cluster!.sql("SELECT count(*) FROM pg_tables WHERE schemaname = 'f9_foreign'")).toBe('1');
  });

  test('a server that is too old is UNSUPPORTED, and a newer one is asked for', async () => {
    await using proxy = await MessageProxy.start({ host: '127.0.0.1', port: cluster!.port });
    const version = cluster!.sql('SHOW server_version_num');
    proxy.onMessage = ({ by, bytes }) => {
      const at = by === 'server' ? bytes.indexOf(version) : -1;
      if (at >= 0) bytes.write('120022', at);
      return true;
    };
    expect(await opened({ port: proxy.port })).toMatchObject({
      code: 'UNSUPPORTED',
      message: expect.stringContaining('newer one'),
    });
  });

  test('a pool that takes no settings is UNSUPPORTED, and not waited for', async () => {
    const fields = Buffer.from('SFATAL\0C08P01\0Munsupported startup parameter: search_path\0\0');
    const head = Buffer.from('E\0\0\0\0');
    head.writeInt32BE(fields.length + 4, 1);
    const pool = createServer((socket) => {
      socket.on('error', () => undefined).once('data', () => socket.end(Buffer.concat([head, fields])));
    }).listen(0, '127.0.0.1');
    await once(pool, 'listening');
    const { port } = pool.address() as AddressInfo;
    expect(await opened({ port })).toMatchObject({
      code: 'UNSUPPORTED',
      retryable: false,
      message: expect.stringContaining('connect to the server itself'),
    });
    pool.close();
  });

  test('of several that open a vault that is not there yet one makes it, and the others wait', async () => {
    const { vault, another } = fresh();
    const all = [vault, another(), another(), another()];
    const opened = await Promise.allSettled(all.map((each) => each.open()));
    await Promise.all(all.map((each) => each.close()));
    expect(opened.map(({ status }) => status)).toEqual(all.map(() => 'fulfilled'));
  });

  test('a vault of a newer version is UNSUPPORTED, with the command that helps', async () => {
    const { vault, name, another } = fresh();
    await vault.create('a.md');
    await vault.close();
    cluster!.sql(`UPDATE f9_${name}.vault SET version = 999`);
    await using newer = another();
    expect(await failure(newer.read('a.md'))).toMatchObject({
      code: 'UNSUPPORTED',
      message: expect.stringContaining('npm install @f9/postgres@latest'),
    });
  });

  test('a role with rights on one vault opens that one alone, and makes none', async () => {
    const { vault, name } = fresh();
    await using _ = vault;
    await vault.create('a.md', { data: 'A' });
    const other = fresh();
    await other.vault.create('b.md');
    await other.vault.close();
    cluster!.sql(`CREATE ROLE limited LOGIN; GRANT USAGE ON SCHEMA f9_${name} TO limited;
      GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA f9_${name} TO limited;
      GRANT USAGE ON ALL SEQUENCES IN SCHEMA f9_${name} TO limited`);
    await using own = new PostgresFileBackend(cluster!.options({ user: 'limited', vault: name }));
    await own.update('a.md', { data: 'B' });
    await own.syncSession((session) => session.update('a.md', { data: 'C' }));
    expect(await vault.read('a.md', { binary: false })).toBe('C');
    for (const vault of [other.name, 'unmade']) {
      expect(await opened({ user: 'limited', vault })).toMatchObject({ code: 'PERMISSION_DENIED' });
    }
  });

  test('a database that only reads is read, and refuses writes and sessions with READ_ONLY', async () => {
    const { vault, another } = fresh();
    await vault.create('a.md', { data: 'A' });
    await vault.close();
    cluster!.sql(
      'CREATE ROLE reader LOGIN SUPERUSER; ALTER ROLE reader SET default_transaction_read_only = on',
    );
    await using reader = another({ user: 'reader' });
    expect(await reader.read('a.md', { binary: false })).toBe('A');
    expect(await failure(reader.create('b.md'))).toMatchObject({ code: 'READ_ONLY' });
    expect(await failure(reader.syncSession(async () => 1))).toMatchObject({ code: 'READ_ONLY' });
  });

  test('a vault that was dropped behind its back is NOT_FOUND', async () => {
    const { vault, name } = fresh();
    await using _ = vault;
    await vault.create('a.md');
    cluster!.sql(`DROP SCHEMA f9_${name} CASCADE`);
    expect(await failure(vault.read('a.md'))).toMatchObject({
      code: 'NOT_FOUND',
      message: expect.stringContaining('dropped'),
    });
  });

  test('who waits for a session that changed the same file is BUSY in the end, and the session goes on', async () => {
    const { vault, another } = fresh();
    await using _ = vault;
    await using impatient = another({ busyTimeout: 100 });
    await vault.create('a.md', { data: 'before' });
    await vault.syncSession(async (session) => {
      await session.update('a.md', { data: 'in the session' });
      expect(await failure(impatient.update('a.md', { data: 'meanwhile' }))).toMatchObject({
        code: 'BUSY',
        retryable: true,
      });
      expect(await impatient.read('a.md', { binary: false })).toBe('before');
    });
    expect(await vault.read('a.md', { binary: false })).toBe('in the session');
  });

  test('a statement that takes too long is TIMEOUT', async () => {
    const { vault, another } = fresh();
    await using _ = vault;
    await using hasty = another({ statementTimeout: 100 });
    await vault.create('a.md', { data: 'before' });
    await vault.syncSession(async (session) => {
      await session.update('a.md', { data: 'in the session' });
      expect(await failure(hasty.update('a.md', { data: 'meanwhile' }))).toMatchObject({ code: 'TIMEOUT' });
    });
  });

  test.each([
    { vault: 'Notes' },
    { vault: 'a; DROP' },
    { port: 0 },
    { tls: 'maybe' },
    { maxConnections: 0 },
    { user: '' },
    { history: 1 },
    { nonsense: true },
  ])('options that are none are INVALID_ARGUMENT: %o', (given) => {
    const options = { database: 'd', user: 'u', ...given } as PostgresFileBackendOptions;
    expect(() => new PostgresFileBackend(options)).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT' }),
    );
  });
});

describe.skipIf(!hasPostgres)('readers (needs PostgreSQL)', () => {
  test('hold their version to its end while it is replaced and deleted; then its blocks are gone', async () => {
    const { vault, name, another } = fresh();
    await using _ = vault;
    await using other = another();
    for (const [letter, replace] of [
      ['a', () => other.update('large', { data: 'new' })],
      ['b', () => other.delete('large')],
      ['c', () => other.syncSession((session) => session.delete('large'))],
    ] as const) {
      await vault.create('large', { data: letter.repeat(3 * MB), overwrite: true });
      const reader = vault.streamRead('large', { binary: false }).getReader();
      let text = (await reader.read()).value!;
      await replace();
      for (let part = await reader.read(); !part.done; part = await reader.read()) text += part.value;
      expect(text).toBe(letter.repeat(3 * MB));
      await other.delete('large').catch(() => undefined);
      expect(blocks(name)).toBe(0);
    }
  });

  test('that nobody replaces anything under leave nothing behind', async () => {
    const { vault, name } = fresh();
    await using _ = vault;
    await vault.create('large', { data: 'x'.repeat(3 * MB) });
    await vault.update('large', { data: 'small' });
    await vault.create('dir/large', { data: 'x'.repeat(2 * MB) });
    await vault.delete('dir', { recursive: true });
    expect(blocks(name)).toBe(1);
  });
});

describe.skipIf(!hasPostgres)('writers (needs PostgreSQL)', () => {
  test('leave nothing of a source that fails', async () => {
    const { vault, name } = fresh();
    await using _ = vault;
    async function* source(): AsyncGenerator<string> {
      yield 'x'.repeat(MB);
      throw new Error('the source broke');
    }
    await failure(vault.streamWrite('a', { chunkSource: source() }));
    await failure(vault.syncSession((session) => session.streamWrite('a', { chunkSource: source() })));
    expect(blocks(name)).toBe(0);
    expect(await Array.fromAsync(vault.list())).toEqual([]);
  });

  test('that append few bytes make few rows', async () => {
    const { vault, name } = fresh();
    await using _ = vault;
    await vault.create('log', { data: '' });
    for (let i = 0; i < 50; i++) await vault.update('log', { data: `${i}\n`, append: true });
    expect(blocks(name)).toBe(1);
    expect(await vault.read('log', { binary: false })).toBe(
      Array.from({ length: 50 }, (_, i) => `${i}\n`).join(''),
    );
  });

  test('more than the connections wait for one, and none is refused', async () => {
    const { vault, another } = fresh();
    await using _ = vault;
    await using narrow = another({ maxConnections: 1 });
    await Promise.all(Array.from({ length: 60 }, (_, i) => narrow.create(`f${i}`, { data: String(i) })));
    expect(await vault.glob('*')).toHaveLength(60);
  });

  test('that an abort reaches while they wait for a session give up at once', async () => {
    const { vault, another } = fresh();
    await using _ = vault;
    await using other = another();
    await vault.create('a.md', { data: 'before' });
    await vault.syncSession(async (session) => {
      await session.update('a.md', { data: 'in the session' });
      const signal = AbortSignal.timeout(50);
      const waiting = other.update('a.md', { data: 'meanwhile', signal });
      expect(await failure(waiting)).toBe(signal.reason);
    });
    expect(await vault.read('a.md', { binary: false })).toBe('in the session');
  });
});

describe.skipIf(!hasPostgres)('history (needs PostgreSQL)', () => {
  test('tells what a file was, newest first, also when it is gone; reads and restores it', async () => {
    const { vault } = fresh({ history: true });
    await using _ = vault;
    await vault.create('a.md', { data: 'one' });
    await vault.update('a.md', { data: ' two', append: true });
    await vault.update('a.md', { data: 'three' });
    await vault.delete('a.md');
    const versions = await Array.fromAsync(vault.history('a.md'));
    expect(versions.map(({ size, deleted }) => [size, deleted])).toEqual([
      [0, true],
      [5, false],
      [7, false],
      [3, false],
    ]);
    const text = (index: number): Promise<string> =>
      vault.read('a.md', { binary: false, version: versions[index]!.version });
    expect([await text(1), await text(2), await text(3)]).toEqual(['three', 'one two', 'one']);
    expect(await failure(text(0))).toMatchObject({ code: 'NOT_FOUND' });
    await vault.restore('a.md', { version: versions[2]!.version });
    expect(await vault.read('a.md', { binary: false })).toBe('one two');
  });

  test('bytes that a version holds stay, whoever replaces or removes the file', async () => {
    const { vault, another } = fresh({ history: true });
    await using _ = vault;
    await using forgetful = another({ history: false });
    await vault.create('a.md', { data: 'one' });
    await vault.update('a.md', { data: ' two', append: true });
    await forgetful.update('a.md', { data: 'three' });
    const [, first] = await Array.fromAsync(vault.history('a.md'));
    expect(await vault.read('a.md', { binary: false, version: first!.version })).toBe('one');
  });
});

describe.skipIf(!hasPostgres)('the feed of changes (needs PostgreSQL)', () => {
  const told = (changes: readonly VaultChange[]): string[] =>
    changes.map(({ path, kind }) => `${kind} ${path}`).toSorted();

  test('tells what was committed since, whatever order it ended in, and survives restarts', async () => {
    const { vault, another } = fresh();
    const { cursor, changes } = await vault.changesSince(undefined);
    expect(changes).toEqual([]);
    await vault.create('a.md', { data: 'a' });
    const early = await vault.syncSession(async (session) => {
      await session.create('d/late.md', { data: 'begun before' });
      await using other = another();
      await other.create('b.md', { data: 'b' });
      return await other.changesSince(cursor);
    });
    expect(told(early.changes)).toEqual(['written a.md', 'written b.md']);
    await vault.move('a.md', 'c.md');
    await vault.close();
    await using later = another();
    const rest = await later.changesSince(early.cursor);
    expect(told(rest.changes)).toEqual(['removed a.md', 'written c.md', 'written d', 'written d/late.md']);
    const { etag } = await later.info('c.md');
    expect(rest.changes.find(({ path }) => path === 'c.md')?.etag).toBe(etag);
    expect((await later.changesSince(rest.cursor)).changes).toEqual([]);
    expect(told((await later.changesSince(cursor)).changes)).toEqual([
      'removed a.md',
      'written b.md',
      'written c.md',
      'written d',
      'written d/late.md',
    ]);
  });

  test('says once that it forgot what was removed long ago, whoever goes on meanwhile, and of what is no cursor', async () => {
    const { vault, name, another } = fresh();
    const { cursor } = await vault.changesSince(undefined);
    await using beside = fresh().vault;
    await using later = another();
    await beside.syncSession(async (session) => {
      // Its transaction began before the removal, as one of any database of the server may have.
      await session.create('b.md');
      await vault.create('a.md');
      await vault.delete('a.md');
      await vault.close();
      cluster!.sql(`UPDATE f9_${name}.removed SET at = now() - interval '31 days'`);
      let { changes, cursor: last } = await later.changesSince(cursor);
      expect(changes).toEqual([{ path: '', kind: 'overflow' }]);
      // Once more where one that went on at that time has ended since.
      await expect
        .poll(async () => {
          ({ changes, cursor: last } = await later.changesSince(last));
          return changes;
        })
        .toEqual([]);
    });
    expect((await later.changesSince('nonsense')).changes).toEqual([{ path: '', kind: 'overflow' }]);
  });

  test('rings for who watches: what others commit is told, and goes on to be after the connection was cut', async () => {
    const { vault, name, another } = fresh();
    await using _ = vault;
    await using other = another();
    const seen: string[] = [];
    const ready = Promise.withResolvers<void>();
    const ended = new AbortController();
    const watching = (async () => {
      for await (const { path } of vault.watch('d', { onReady: ready.resolve, signal: ended.signal }))
        seen.push(path);
    })();
    await ready.promise;
    await other.create('elsewhere.md');
    for (let i = 0; i < 20; i++) await other.create(`d/${i}`, { data: 'x' });
    await expect.poll(() => new Set(seen).size).toBe(21);
    cluster!.sql(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query = 'LISTEN f9_${name}'`);
    await other.create('d/after', { data: 'x' });
    await expect.poll(() => seen.includes('d/after')).toBe(true);
    expect(seen).not.toContain('elsewhere.md');
    ended.abort();
    await failure(watching);
  });
});

describe.skipIf(!hasPostgres)('sessions (needs PostgreSQL)', () => {
  test('whose connection ends have lost all that was not committed, and change nothing more', async () => {
    const { vault, name, another } = fresh();
    await using _ = vault;
    await using other = another();
    const session = await vault.syncSession();
    await session.create('kept.md', { data: 'kept' });
    await session.commit();
    await session.create('lost.md', { data: 'lost' });
    cluster!.sql(`SELECT pg_terminate_backend(backend) FROM f9_${name}.session`);
    expect(await other.syncSession(async () => 'free', { timeout: 5000 })).toBe('free');
    for (const work of [session.create('more.md'), session.commit(), session.read('kept.md')]) {
      expect(await failure(work)).toMatchObject({ code: 'LOCK_LOST' });
    }
    await session[Symbol.asyncDispose]();
    expect(await other.glob('*')).toEqual(['kept.md']);
  });

  test('that were overtaken write nothing, although their connection lives', async () => {
    const { vault, name, another } = fresh();
    await using _ = vault;
    const session = await vault.syncSession();
    await session.create('a.md', { data: 'a' });
    // As somebody does who may not end the connection of another user.
    cluster!.sql(`UPDATE f9_${name}.session SET number = number + 1`);
    expect(await failure(session.create('b.md'))).toMatchObject({ code: 'LOCK_LOST' });
    expect(await failure(session.commit())).toMatchObject({ code: 'LOCK_LOST' });
    await session[Symbol.asyncDispose]();
    const late = await another().syncSession();
    await late.create('c.md', { data: 'c' });
    cluster!.sql(`UPDATE f9_${name}.session SET number = number + 1`);
    expect(await failure(late.commit())).toMatchObject({ code: 'LOCK_LOST' });
    expect(await vault.glob('*')).toEqual([]);
    await late[Symbol.asyncDispose]();
  });

  test('a hundred writes of one are one transaction', async () => {
    const { vault, name } = fresh();
    await using _ = vault;
    await vault.create('first');
    await vault.syncSession(async (session) => {
      for (let i = 0; i < 100; i++) await session.create(`f${i}`, { data: 'x' });
    });
    const text = `SELECT count(DISTINCT changed) FROM f9_${name}.entries WHERE key <> 'first'`;
    expect(cluster!.sql(text)).toBe('1');
  });

  test('of two that meet in a circle with others one is told to try again, and the server goes on', async () => {
    const { vault, another } = fresh();
    await using _ = vault;
    await using other = another();
    for (const path of ['a', 'b']) await vault.create(path, { data: '0' });
    const moves = Array.from({ length: 40 }, (_, i) => {
      const [from, to] = i % 2 === 0 ? ['a', 'b'] : ['b', 'a'];
      const by = i % 3 === 0 ? vault : other;
      return failure(by.copy(from!, to!, { overwrite: true }));
    });
    for (const result of await Promise.all(moves)) {
      if (result !== 'no failure') expect(isFileBackendError(result, 'BUSY')).toBe(true);
    }
    expect(await vault.glob('*')).toEqual(['a', 'b']);
  });
});
