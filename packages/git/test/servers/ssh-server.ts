import { execFileSync, spawn } from 'node:child_process';
import fs from 'node:fs';
import { connect, createServer } from 'node:net';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export interface SshServer extends AsyncDisposable {
  readonly port: number;
  readonly user: string;
  /** A private key that may log in. */
  readonly keyPath: string;
  /** A private key that may not. */
  readonly otherKeyPath: string;
  /** The known_hosts file that names this server. */
  readonly knownHosts: string;
  /** A known_hosts file that names another key for it. */
  readonly wrongKnownHosts: string;
}

const SSHD = ['/usr/sbin/sshd', '/usr/local/sbin/sshd', '/opt/homebrew/sbin/sshd'].find(fs.existsSync);

export const hasSshd: boolean = SSHD !== undefined;

/** A real sshd on 127.0.0.1 with keys of its own, its files in `directory`. */
export async function serveSsh(directory: string): Promise<SshServer> {
  fs.mkdirSync(directory, { recursive: true });
  const file = (name: string): string => join(directory, name);
  const keyPath = file("100% my key's");
  for (const key of [file('host'), file('other-host'), keyPath, file('other')]) {
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'test', '-f', key]);
  }
  fs.copyFileSync(`${keyPath}.pub`, file('authorized_keys'));
  const port = await freePort();
  const knownHost = (key: string): string =>
    `[127.0.0.1]:${port} ${fs.readFileSync(file(`${key}.pub`), 'utf8')}`;
  fs.writeFileSync(file('known_hosts'), knownHost('host'));
  fs.writeFileSync(file('wrong_known_hosts'), knownHost('other-host'));
  fs.writeFileSync(
    file('sshd_config'),
    [
      `Port ${port}`,
      'ListenAddress 127.0.0.1',
      `HostKey ${file('host')}`,
      `AuthorizedKeysFile ${file('authorized_keys')}`,
      'PidFile none',
      'PermitRootLogin yes',
      'PasswordAuthentication no',
      'KbdInteractiveAuthentication no',
      'StrictModes no',
      'UsePAM no',
      'AcceptEnv GIT_PROTOCOL',
    ].join('\n'),
  );
  if (userInfo().uid === 0) fs.mkdirSync('/run/sshd', { recursive: true });
  const sshd = spawn(SSHD!, ['-D', '-f', file('sshd_config'), '-E', file('sshd.log')], { stdio: 'ignore' });
  await reachable(port);
  return {
    port,
    user: userInfo().username,
    keyPath,
    otherKeyPath: file('other'),
    knownHosts: file('known_hosts'),
    wrongKnownHosts: file('wrong_known_hosts'),
    [Symbol.asyncDispose]: async () => {
      const closed = new Promise((resolve) => sshd.once('close', resolve));
      sshd.kill();
      await closed;
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise<void>((resolve) => server.close(() => resolve()));
  if (address === null || typeof address === 'string') throw new Error('No port');
  return address.port;
}

async function reachable(port: number): Promise<void> {
  const deadline = Date.now() + 5000;
  while (true) {
    const isUp = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1');
      socket.once('connect', () => socket.destroy(resolve(true) as undefined));
      socket.once('error', () => resolve(false));
    });
    if (isUp) return;
    if (Date.now() > deadline) throw new Error('The sshd does not answer');
    await sleep(20);
  }
}
