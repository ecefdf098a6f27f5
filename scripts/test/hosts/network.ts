import { execFile, spawnSync } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Whether this user may make network namespaces. */
export function hasNamespaces(): boolean {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return false;
  const name = `f9-${process.pid}-try`;
  if (spawnSync('ip', ['netns', 'add', name]).status !== 0) return false;
  return spawnSync('ip', ['netns', 'del', name]).status === 0;
}

/** Hosts of their own addresses, each on a cable to this one. */
export interface Network extends AsyncDisposable {
  /** The address of this host, as the others see it. */
  readonly address: string;
  /** The command that runs a program on a host. */
  on(host: number): readonly string[];
  /** Takes the link of a host down, and up again: nothing is told to whoever uses it. */
  cut(host: number): Promise<void>;
  join(host: number): Promise<void>;
}

export async function makeNetwork(hosts: number): Promise<Network> {
  const id = process.pid.toString(36);
  const bridge = `f9b${id}`;
  const net = `10.${100 + (process.pid % 100)}.${Math.floor(process.pid / 100) % 250}`;
  const ip = async (...args: string[]): Promise<unknown> => await run('ip', args);
  const names = Array.from({ length: hosts }, (_, i) => ({ host: `f9n${id}${i}`, cable: `f9c${id}${i}` }));
  const remove = async (): Promise<void> => {
    for (const { host, cable } of names) {
      await ip('link', 'del', cable).catch(() => undefined);
      await ip('netns', 'del', host).catch(() => undefined);
    }
    await ip('link', 'del', bridge).catch(() => undefined);
  };
  try {
    await ip('link', 'add', bridge, 'type', 'bridge');
    await ip('addr', 'add', `${net}.1/24`, 'dev', bridge);
    await ip('link', 'set', bridge, 'up');
    for (const [i, { host, cable }] of names.entries()) {
      await ip('netns', 'add', host);
      await ip('link', 'add', cable, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', host);
      await ip('link', 'set', cable, 'master', bridge, 'up');
      await ip('-n', host, 'addr', 'add', `${net}.${i + 2}/24`, 'dev', 'eth0');
      await ip('-n', host, 'link', 'set', 'eth0', 'up');
      await ip('-n', host, 'link', 'set', 'lo', 'up');
    }
  } catch (error) {
    await remove();
    throw error;
  }
  return {
    address: `${net}.1`,
    on: (host) => ['ip', 'netns', 'exec', names[host]!.host],
    cut: async (host) => void (await ip('link', 'set', names[host]!.cable, 'down')),
    join: async (host) => void (await ip('link', 'set', names[host]!.cable, 'up')),
    [Symbol.asyncDispose]: remove,
  };
}
