// PgBouncer, a pool before a server.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from './cluster.ts';

const PROGRAM = ['/usr/sbin/pgbouncer', '/usr/bin/pgbouncer', '/opt/homebrew/bin/pgbouncer'].find(existsSync);

export const hasPgBouncer: boolean = PROGRAM !== undefined;

export class PgBouncer implements AsyncDisposable {
  readonly port: number;
  readonly #folder: string;
  readonly #child: ChildProcess;

  private constructor(port: number, folder: string, child: ChildProcess) {
    this.port = port;
    this.#folder = folder;
    this.#child = child;
  }

  /** One before the server on `port` of this machine. @param settings lines of its file */
  static async start(port: number, settings: Readonly<Record<string, string>>): Promise<PgBouncer> {
    const folder = mkdtempSync(join(tmpdir(), 'f9-pgbouncer-'));
    chmodSync(folder, 0o755);
    writeFileSync(join(folder, 'users.txt'), '"f9" ""\n');
    const own = await freePort();
    const lines = Object.entries({
      listen_addr: '127.0.0.1',
      listen_port: String(own),
      unix_socket_dir: '',
      auth_type: 'trust',
      auth_file: join(folder, 'users.txt'),
      // It does not run as root.
      ...(process.getuid?.() === 0 && { user: 'postgres' }),
      ...settings,
    }).map(([name, value]) => `${name} = ${value}\n`);
    const file = join(folder, 'pgbouncer.ini');
    writeFileSync(file, `[databases]\n* = host=127.0.0.1 port=${port}\n[pgbouncer]\n${lines.join('')}`);
    const child = spawn(PROGRAM!, ['--quiet', file], { stdio: 'ignore' });
    await once(child, 'spawn');
    const pool = new PgBouncer(own, folder, child);
    while (!(await listens(own))) {
      if (child.exitCode !== null) {
        await pool[Symbol.asyncDispose]();
        throw new Error(`PgBouncer ended with ${child.exitCode}`);
      }
      await sleep(20);
    }
    return pool;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode === null) {
      const ended = once(this.#child, 'exit');
      this.#child.kill('SIGKILL');
      await ended;
    }
    rmSync(this.#folder, { recursive: true });
  }
}

async function listens(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
