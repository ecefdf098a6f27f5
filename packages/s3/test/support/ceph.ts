import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { appendFileSync, closeSync, existsSync, openSync } from 'node:fs';
import { appendFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterDeath } from '../../../../scripts/test/after-death.ts';

const run = promisify(execFile);

/** Where an S3 server is, and keys for it. */
export interface S3Server {
  readonly endpoint: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** Ceph's gateway: a real S3 server, in memory, on loopback. */
export interface Ceph extends S3Server, AsyncDisposable {
  /** Kills the gateway in the middle of whatever it does, and starts another that has all that was stored. */
  restartGateway(): Promise<void>;
}

/** Milliseconds for anything of Ceph on a busy machine. */
const PATIENCE = 120_000;

/** Whether Debian's packages radosgw, ceph-mon, ceph-osd and ceph-common are here. */
export function isCephInstalled(): boolean {
  return ['radosgw', 'ceph-mon', 'ceph-osd', 'ceph-authtool'].every((name) => existsSync(`/usr/bin/${name}`));
}

/** Starts a monitor, a disk in memory and a gateway: about 15 seconds. */
export async function startCeph(): Promise<Ceph> {
  const folder = await mkdtemp(join(tmpdir(), 'f9-ceph-'));
  const daemons: ChildProcess[] = [];
  const guard = afterDeath('kill -KILL $(cat "$1/pids"); rm -rf "$1"', folder);
  const conf = join(folder, 'ceph.conf');
  const keyring = join(folder, 'keyring');
  const [port, v2, v1] = await Promise.all([freePort(), freePort(), freePort()]);
  const ceph = async (...args: string[]): Promise<string> =>
    (await run('ceph', ['-c', conf, ...args], { timeout: PATIENCE })).stdout;
  const authtool = (...args: string[]): Promise<unknown> => run('ceph-authtool', args);
  const daemon = (program: string, ...args: string[]): ChildProcess => {
    const log = openSync(join(folder, `${program}.out`), 'a');
    const child = spawn(program, ['-c', conf, ...args, '-f'], { stdio: ['ignore', log, log] });
    closeSync(log);
    daemons.push(child);
    appendFileSync(join(folder, 'pids'), `${child.pid}\n`);
    return child;
  };
  const endpoint = `http://127.0.0.1:${port}`;
  const keys = { accessKeyId: 'F9TEST', secretAccessKey: 'F9TESTSECRET0123456789' };
  const stop = async (): Promise<void> => {
    guard[Symbol.dispose]();
    await Promise.all(daemons.map(ended));
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const fsid = randomUUID();
    const address = `[v2:127.0.0.1:${v2},v1:127.0.0.1:${v1}]`;
    await mkdir(join(folder, 'mon'));
    await mkdir(join(folder, 'osd'));
    await writeFile(conf, configuration({ folder, fsid, address, port, keyring }));
    await authtool('--create-keyring', keyring, '--gen-key', '-n', 'mon.', '--cap', 'mon', 'allow *');
    const all = ['mon', 'osd', 'mgr'].flatMap((name) => ['--cap', name, 'allow *']);
    await authtool(keyring, '--gen-key', '-n', 'client.admin', ...all);
    const monmap = join(folder, 'monmap');
    await run('monmaptool', ['--create', '--fsid', fsid, '--addv', 'a', address, monmap]);
    await run('ceph-mon', ['-c', conf, '--mkfs', '-i', 'a', '--monmap', monmap, '--keyring', keyring]);
    daemon('ceph-mon', '-i', 'a');
    const disk = randomUUID();
    await until(() => ceph('osd', 'new', disk, '0'));
    const osd = ['mon', 'allow profile osd', 'osd', 'allow *', 'mgr', 'allow profile osd'];
    await appendFile(keyring, await ceph('auth', 'get-or-create', 'osd.0', ...osd));
    const rgw = ['mon', 'allow rw', 'osd', 'allow rwx', 'mgr', 'allow rw'];
    await appendFile(keyring, await ceph('auth', 'get-or-create', 'client.rgw', ...rgw));
    await run('ceph-osd', ['-c', conf, '-i', '0', '--mkfs', '--osd-uuid', disk]);
    daemon('ceph-osd', '-i', '0', '--osd-uuid', disk);
    await until(async () => (await ceph('osd', 'stat')).includes('1 up'));
    const startGateway = async (): Promise<ChildProcess> => {
      const child = daemon('radosgw', '-n', 'client.rgw', '--keyring', keyring);
      await until(async () => (await fetch(endpoint)).ok);
      return child;
    };
    let gateway = await startGateway();
    const restartGateway = async (): Promise<void> => {
      await ended(gateway);
      gateway = await startGateway();
    };
    const user = ['user', 'create', '--uid=f9', '--display-name=f9'];
    const own = [`--access-key=${keys.accessKeyId}`, `--secret-key=${keys.secretAccessKey}`];
    await run('radosgw-admin', ['-c', conf, ...user, ...own], { timeout: PATIENCE });
    return { endpoint, ...keys, restartGateway, [Symbol.asyncDispose]: stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function configuration(parts: {
  readonly folder: string;
  readonly fsid: string;
  readonly address: string;
  readonly port: number;
  readonly keyring: string;
}): string {
  const { folder, fsid, address, port, keyring } = parts;
  return `[global]
fsid = ${fsid}
mon host = ${address}
public addr = 127.0.0.1
cluster addr = 127.0.0.1
auth cluster required = cephx
auth service required = cephx
auth client required = cephx
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 1
osd pool default pgp num = 1
osd pool default pg autoscale mode = off
osd crush chooseleaf type = 0
mon allow pool size one = true
mon max pg per osd = 1000
osd objectstore = memstore
memstore device bytes = 4294967296
log file = ${folder}/$name.log
admin socket = ${folder}/$name.asok
run dir = ${folder}
mon data = ${folder}/mon
osd data = ${folder}/osd
keyring = ${keyring}
[client.rgw]
# Without tcp_nodelay every listing waits 40 ms.
rgw frontends = beast endpoint=127.0.0.1:${port} tcp_nodelay=1
rgw data = ${folder}
`;
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  child.once('exit', () => resolve());
  // All it has is in memory, and goes with it.
  child.kill('SIGKILL');
  await promise;
}

async function until(isSo: () => Promise<unknown>): Promise<void> {
  const deadline = performance.now() + PATIENCE;
  for (;;) {
    try {
      if ((await isSo()) !== false) return;
    } catch (error) {
      if (performance.now() > deadline) throw error;
    }
    if (performance.now() > deadline) throw new Error('Ceph does not start; see its logs');
    await sleep(200);
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(0, '127.0.0.1', resolve);
  await promise;
  const address = server.address();
  await new Promise((done) => server.close(done));
  if (address === null || typeof address === 'string') throw new Error('No port is free');
  return address.port;
}
