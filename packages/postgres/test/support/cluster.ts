// PostgreSQL for the tests: a cluster of their own, on loopback, as an ordinary user, in a folder that goes with it.
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  appendFileSync,
  chmodSync,
  chownSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterDeath } from '../../../../scripts/test/after-death.ts';
import type { PostgresFileBackendOptions } from '../../src/index.ts';
import { makeCertificates } from './certificates.ts';

const FOLDERS = '/usr/lib/postgresql';
/** Root may not run a server: the user that Debian's package makes does. */
const USER = 'postgres';

/** Where the server's programs are; `undefined` where none is installed. */
export function postgresPrograms(): string | undefined {
  if (!existsSync(FOLDERS)) return undefined;
  const versions = readdirSync(FOLDERS).sort((a, b) => Number(b) - Number(a));
  return versions
    .map((version) => join(FOLDERS, version, 'bin'))
    .find((bin) => existsSync(join(bin, 'initdb')));
}

export const hasPostgres: boolean = postgresPrograms() !== undefined;

/** Where a cluster is. */
export interface Place {
  readonly folder: string;
  readonly port: number;
}

export interface ClusterOptions {
  /** Lines of `postgresql.conf`. */
  readonly settings?: Readonly<Record<string, string | number>>;
  /** Whether what is committed survives a crash of the machine; without it tests are faster. Default false. */
  readonly isDurable?: boolean;
  /** Addresses to listen on. Default loopback. */
  readonly address?: string;
  /** Whether it also talks TLS, with a certificate for `localhost`. Default false. */
  readonly hasTls?: boolean;
}

export class Cluster implements AsyncDisposable {
  readonly folder: string;
  readonly port: number;
  readonly #bin: string;
  readonly #identity: { readonly uid: number; readonly gid: number } | undefined;
  readonly #options: ClusterOptions;
  readonly #guard: Disposable | undefined;

  private constructor(
    folder: string,
    port: number,
    identity: { readonly uid: number; readonly gid: number } | undefined,
    options: ClusterOptions,
    guard: Disposable | undefined,
  ) {
    this.folder = folder;
    this.port = port;
    this.#bin = postgresPrograms()!;
    this.#identity = identity;
    this.#options = options;
    this.#guard = guard;
  }

  /** One that another process started, and will end. */
  static at({ folder, port }: Place): Cluster {
    const identity = process.getuid?.() === 0 ? identityOf(USER) : undefined;
    return new Cluster(folder, port, identity, {}, undefined);
  }

  /** Makes a cluster and starts it. */
  static async start(options: ClusterOptions = {}): Promise<Cluster> {
    const cluster = await Cluster.#make(options);
    cluster.#run('initdb', [
      '-D',
      cluster.#data,
      '-U',
      'f9',
      '-A',
      'trust',
      '-E',
      'UTF8',
      '--locale=C',
      '-N',
    ]);
    // Two who have to say a password.
    const rules = join(cluster.#data, 'pg_hba.conf');
    writeFileSync(
      rules,
      `host all guarded,kept all scram-sha-256\n${readFileSync(rules, 'utf8')}host all all samenet trust\n`,
    );
    if (options.hasTls === true) {
      makeCertificates(cluster.folder, cluster.#identity);
      const file = (name: string): string => `'${join(cluster.folder, name)}'`;
      appendFileSync(
        join(cluster.#data, 'postgresql.conf'),
        `ssl = on\nssl_cert_file = ${file('server.crt')}\nssl_key_file = ${file('server.key')}\n`,
      );
    }
    await cluster.start();
    return cluster;
  }

  /** Another server, which follows this one and only reads. */
  async standby(): Promise<Cluster> {
    const standby = await Cluster.#make({});
    this.#run('pg_basebackup', [
      ...['-h', '127.0.0.1', '-p', String(this.port), '-U', 'f9', '-D', standby.#data],
      ...['-R', '-X', 'stream', '-c', 'fast'],
    ]);
    await standby.start();
    return standby;
  }

  static async #make(options: ClusterOptions): Promise<Cluster> {
    const identity = process.getuid?.() === 0 ? identityOf(USER) : undefined;
    const folder = mkdtempSync(join(tmpdir(), 'f9-postgres-'));
    if (identity !== undefined) chownSync(folder, identity.uid, identity.gid);
    chmodSync(folder, 0o700);
    const guard = afterDeath(
      'kill -QUIT "$(head -n 1 "$1/data/postmaster.pid")"; sleep 1; rm -rf "$1"',
      folder,
    );
    return new Cluster(folder, await freePort(), identity, options, guard);
  }

  /** The certificates of who signed its own; of one with `hasTls`. */
  get ca(): string {
    return join(this.folder, 'ca.crt');
  }

  /** How to open a vault in it. */
  options(more: Partial<PostgresFileBackendOptions> = {}): PostgresFileBackendOptions {
    return { host: '127.0.0.1', port: this.port, database: 'postgres', user: 'f9', ...more };
  }

  /** Starts the server, also after it was killed. */
  async start(): Promise<void> {
    const { settings = {}, isDurable = false, address = '127.0.0.1' } = this.#options;
    const given = {
      port: this.port,
      listen_addresses: address,
      unix_socket_directories: '',
      max_connections: 200,
      shared_buffers: '32MB',
      ...(isDurable ? {} : { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' }),
      autovacuum: 'off',
      ...settings,
    };
    const flags = Object.entries(given).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
    this.#run('pg_ctl', [
      '-D',
      this.#data,
      '-w',
      '-l',
      join(this.folder, 'log'),
      '-o',
      flags.map(quoted).join(' '),
      'start',
    ]);
  }

  /** Ends it, waiting for nobody. */
  stop(): void {
    this.#run('pg_ctl', ['-D', this.#data, '-w', '-m', 'immediate', 'stop']);
  }

  /** The process that the others belong to. */
  get pid(): number {
    return Number(readFileSync(join(this.#data, 'postmaster.pid'), 'utf8').split('\n')[0]);
  }

  /** Kills the processes that serve connections; the server then ends all others, and recovers as after a crash. */
  killBackends(): void {
    for (const pid of this.#children()) {
      try {
        const title = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
        if (title.includes('127.0.0.1')) process.kill(pid, 'SIGKILL');
      } catch {
        // It ended by itself meanwhile.
      }
    }
  }

  /** Kills the whole server, as a power cut does to it, and waits until nothing of it is left. */
  async kill(): Promise<void> {
    const all = [this.pid, ...this.#children()];
    for (const pid of all) process.kill(pid, 'SIGKILL');
    while (all.some((pid) => existsSync(`/proc/${pid}/stat`) && !isZombie(pid))) await sleep(5);
    rmSync(join(this.#data, 'postmaster.pid'), { force: true });
  }

  /** Waits until the server takes connections. */
  async recovered(): Promise<void> {
    for (let i = 0; ; i++) {
      try {
        this.sql('SELECT');
        return;
      } catch (error) {
        if (i > 200) throw error;
        await sleep(25);
      }
    }
  }

  get log(): string {
    return readFileSync(join(this.folder, 'log'), 'utf8');
  }

  /** What `psql` answers, a line a row. */
  sql(text: string): string {
    return this.#run('psql', [
      '-h',
      '127.0.0.1',
      '-p',
      String(this.port),
      '-U',
      'f9',
      '-d',
      'postgres',
      '-AtqX',
      '-v',
      'ON_ERROR_STOP=1',
      '-c',
      text,
    ]).trim();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#guard?.[Symbol.dispose]();
    try {
      if (existsSync(join(this.#data, 'postmaster.pid'))) this.stop();
    } finally {
      rmSync(this.folder, { recursive: true, force: true });
    }
  }

  /** A folder of the server's user, for a database to lie in. */
  own(path: string): void {
    if (this.#identity !== undefined) chownSync(path, this.#identity.uid, this.#identity.gid);
  }

  get #data(): string {
    return join(this.folder, 'data');
  }

  #children(): number[] {
    return readFileSync(`/proc/${this.pid}/task/${this.pid}/children`, 'utf8')
      .split(' ')
      .filter(Boolean)
      .map(Number);
  }

  #run(program: string, args: readonly string[]): string {
    const result = spawnSync(join(this.#bin, program), args, {
      ...this.#identity,
      cwd: this.folder,
      encoding: 'utf8',
      stdio: ['ignore', program === 'pg_ctl' ? 'ignore' : 'pipe', 'pipe'],
      env: { ...process.env, HOME: this.folder },
    });
    if (result.status !== 0) {
      const log = program === 'pg_ctl' ? this.log.slice(-2000) : '';
      throw new Error(`${program} failed: ${result.stderr} ${result.error ?? ''}${log}`);
    }
    return result.stdout ?? '';
  }
}

function isZombie(pid: number): boolean {
  return / Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
}

function identityOf(user: string): { readonly uid: number; readonly gid: number } {
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((each) => each.startsWith(`${user}:`));
  if (line === undefined) throw new Error(`There is no user ${user}, which a server runs as`);
  const [, , uid, gid] = line.split(':');
  return { uid: Number(uid), gid: Number(gid) };
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}

function quoted(flag: string): string {
  return `'${flag.replaceAll("'", "'\\''")}'`;
}
