import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isLong } from '../../../scripts/test/daily.ts';
import { hasNamespaces, makeNetwork, type Network } from '../../s3/test/support/network.ts';
import { PostgresFileBackend } from '../src/index.ts';
import { Cluster, hasPostgres } from './support/cluster.ts';

const canRun = hasPostgres && hasNamespaces();
const FAKETIME = `/usr/lib/${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}-linux-gnu/faketime/libfaketime.so.1`;

/** A program on a host, and what it told so far. */
interface Host {
  readonly told: string[];
  /** Waits for a line, and gives what follows its first word. */
  hears(word: string): Promise<string>;
  end(): void;
  kill(): void;
  readonly ended: Promise<unknown>;
}

describe.skipIf(!canRun)('two hosts, a cable each (needs PostgreSQL, network namespaces)', () => {
  let network: Network;
  let cluster: Cluster;
  const children: ChildProcess[] = [];

  beforeAll(async () => {
    network = await makeNetwork(2);
    cluster = await Cluster.start({ address: '*', isDurable: true });
  });
  afterAll(async () => {
    for (const child of children) child.kill('SIGKILL');
    await cluster[Symbol.asyncDispose]();
    await network[Symbol.asyncDispose]();
  });

  function start(host: number, name: string, vault: string, environment: Record<string, string> = {}): Host {
    const options = cluster.options({ host: network.address, tls: 'disable', vault });
    const program = join(import.meta.dirname, 'support/host.ts');
    const [command, ...args] = [...network.on(host), process.execPath, '--conditions=@f9/source', program];
    const child = spawn(command!, [...args, JSON.stringify([name, options])], {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: { ...process.env, ...environment },
    });
    children.push(child);
    const told: string[] = [];
    const waiting = new Map<string, (rest: string) => void>();
    createInterface({ input: child.stdout! }).on('line', (line) => {
      told.push(line);
      const [word = '', rest = ''] = line.split(' ');
      waiting.get(word)?.(rest);
    });
    return {
      told,
      hears: (word) => {
        const before = told.find((line) => line.startsWith(`${word} `));
        if (before !== undefined) return Promise.resolve(before.slice(word.length + 1));
        const { promise, resolve } = Promise.withResolvers<string>();
        waiting.set(word, resolve);
        return promise;
      },
      end: () => child.stdin!.end('end\n'),
      kill: () => child.kill('SIGKILL'),
      ended: once(child, 'exit'),
    };
  }

  const acknowledged = ({ told }: Host): string[] =>
    told.flatMap((line) => (line.startsWith('committed ') ? [line.slice('committed '.length)] : []));

  /** One holds the session, its cable is cut, the other takes over, the cable is joined again. */
  async function cutAndTakenOver(
    vault: string,
    environment: Record<string, string> = {},
  ): Promise<{ readonly takeover: number; readonly skew: number }> {
    const first = start(0, 'first', vault, environment);
    const skew = Number(await first.hears('held')) - Date.now();
    await first.hears('committed');
    const second = start(1, 'second', vault);
    await second.hears('open');
    const before = first.told.length;
    await expect.poll(() => first.told.length).toBeGreaterThan(before + 10);
    expect(second.told, 'while the first holds it').toEqual(['open ']);
    await network.cut(0);
    const cut = performance.now();
    await second.hears('held');
    const takeover = performance.now() - cut;
    await second.hears('committed');
    await network.join(0);
    expect(await first.hears('failed')).toBe('LOCK_LOST');
    expect(await first.hears('again')).toBe('LOCK_LOST');
    await first.ended;
    second.end();
    await second.hears('ended');
    await second.ended;

    await using direct = new PostgresFileBackend(cluster.options({ vault }));
    expect(await direct.read('shared', { binary: false })).toBe('second');
    for (const [name, host] of Object.entries({ first, second })) {
      const there = new Set(await direct.glob(`${name}/*`));
      expect(acknowledged(host).filter((i) => !there.has(`${name}/${i}`))).toEqual([]);
      // One at most was under way when the cable was cut.
      expect(there.size - acknowledged(host).length).toBeLessThanOrEqual(1);
    }
    return { takeover, skew };
  }

  test('sessions exclude, a cut cable is fenced, and nothing that was acknowledged is lost', async () => {
    const { takeover } = await cutAndTakenOver('cut');
    console.log(`the session of a host whose cable was cut was taken over after ${Math.round(takeover)} ms`);
    // The lease and no more than a few looks, by the server's clock.
    expect(takeover).toBeGreaterThan(3000);
  });

  test.skipIf(!existsSync(FAKETIME))(
    'a clock that is an hour ahead or behind changes nothing (needs libfaketime)',
    { timeout: 240_000 },
    async () => {
      for (const offset of isLong ? ['+1h', '-1h'] : ['+1h']) {
        const environment = { LD_PRELOAD: FAKETIME, FAKETIME: offset, FAKETIME_DONT_FAKE_MONOTONIC: '1' };
        const { takeover, skew } = await cutAndTakenOver(
          `clock${offset.startsWith('+') ? 'ahead' : 'behind'}`,
          environment,
        );
        expect(takeover).toBeGreaterThan(3000);
        expect(Math.abs(skew)).toBeGreaterThan(3_000_000);
      }
    },
  );

  test('the session of a process that died is free at once', async () => {
    const dead = start(0, 'dead', 'died');
    await dead.hears('committed');
    const next = start(1, 'next', 'died');
    await next.hears('open');
    dead.kill();
    await dead.ended;
    const died = performance.now();
    await next.hears('held');
    const takeover = performance.now() - died;
    console.log(`the session of a process that died was taken over after ${Math.round(takeover)} ms`);
    next.end();
    await next.hears('ended');
    await next.ended;
  });
});
