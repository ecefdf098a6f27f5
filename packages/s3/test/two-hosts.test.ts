import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { S3FileBackend, type S3FileBackendOptions } from '../src/index.ts';
import { newVault, server } from './support/bucket.ts';
import { hasNamespaces, makeNetwork, type Network } from './support/network.ts';
import { type S3Proxy, startProxy } from './support/proxy.ts';

const canRun = server !== undefined && hasNamespaces();

/** A program on a host, and what it told so far. */
interface Host {
  readonly told: string[];
  /** Waits for a line, and gives what follows its first word. */
  hears(word: string): Promise<string>;
  end(): void;
  readonly ended: Promise<unknown>;
}

describe.skipIf(!canRun)('two hosts, a cable each (needs an S3 server, network namespaces)', () => {
  let network: Network;
  let gateway: S3Proxy;
  const children: ChildProcess[] = [];

  beforeAll(async () => {
    network = await makeNetwork(2);
    gateway = await startProxy(server!, undefined, network.address);
  });
  afterAll(async () => {
    for (const child of children) child.kill('SIGKILL');
    await gateway[Symbol.asyncDispose]();
    await network[Symbol.asyncDispose]();
  });

  function start(host: number, name: string, options: S3FileBackendOptions): Host {
    const program = join(import.meta.dirname, 'support/host.ts');
    const [command, ...args] = [...network.on(host), process.execPath, '--conditions=@f9/source', program];
    const child = spawn(command!, [...args, JSON.stringify([name, options])], {
      stdio: ['pipe', 'pipe', 'inherit'],
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
      ended: once(child, 'exit'),
    };
  }

  test('sessions exclude, a cut cable is fenced, and nothing that was acknowledged is lost', async () => {
    const options = { ...(await newVault({ endpoint: gateway.endpoint })), timeout: 1000 };
    const first = start(0, 'first', options);
    await first.hears('wrote');
    const second = start(1, 'second', options);
    await second.hears('open');
    const before = first.told.length;
    while (first.told.length < before + 10) await new Promise((resolve) => setTimeout(resolve, 50));
    expect(second.told, 'while the first holds it').toEqual(['open ']);
    await network.cut(0);
    const cut = performance.now();
    await second.hears('held');
    const takeover = performance.now() - cut;
    await second.hears('wrote');
    await network.join(0);
    expect(await first.hears('failed')).toBe('LOCK_LOST');
    expect(await first.hears('again')).toBe('LOCK_LOST');
    await first.ended;
    second.end();
    await second.hears('committed');
    await second.ended;
    console.log(`the session of a host whose cable was cut was taken over after ${Math.round(takeover)} ms`);

    await using vault = new S3FileBackend({ ...options, endpoint: server!.endpoint });
    expect(await vault.read('shared', { binary: false })).toBe('second');
    for (const [name, { told }] of Object.entries({ first, second })) {
      const acknowledged = told.flatMap((line) => (line.startsWith('wrote ') ? [line.slice(6)] : []));
      const there = new Set(await vault.glob(`${name}/*`));
      expect(acknowledged.filter((i) => !there.has(`${name}/${i}`))).toEqual([]);
      // One at most was under way when the cable was cut.
      expect(there.size - acknowledged.length).toBeLessThanOrEqual(1);
    }
  });

  test('the session of a process that died is free at once on its own host', async () => {
    const options = await newVault({ endpoint: gateway.endpoint });
    const dead = start(0, 'dead', options);
    await dead.hears('wrote');
    children.at(-1)!.kill('SIGKILL');
    await dead.ended;
    const died = performance.now();
    const next = start(0, 'next', options);
    await next.hears('held');
    // Far less than a lease: most of it is the start of the program.
    console.log(
      `the session of a process that died was taken over within ${Math.round(performance.now() - died)} ms, its start included`,
    );
    next.end();
    await next.hears('committed');
    await next.ended;
  });
});
