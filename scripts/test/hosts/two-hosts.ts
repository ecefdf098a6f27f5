import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { FileBackend } from '@f9/core';
import { expect } from 'vitest';
import { makeNetwork, type Network } from './network.ts';

const FAKETIME = `/usr/lib/${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}-linux-gnu/faketime/libfaketime.so.1`;

/** Whether programs can be given another time than that of this machine. */
export const hasFaketime: boolean = existsSync(FAKETIME);

/** The environment of a program whose clock is off, but not the one that only measures. @param offset such as `+1h` */
export function clockOff(offset: string): Readonly<Record<string, string>> {
  return { LD_PRELOAD: FAKETIME, FAKETIME: offset, FAKETIME_DONT_FAKE_MONOTONIC: '1' };
}

/** A program on a host that holds the session of a vault and writes in it, and what it told so far. */
export interface Host {
  readonly told: string[];
  /** Waits for a line, and gives what follows its first word. */
  hears(word: string): Promise<string>;
  end(): void;
  kill(): void;
  readonly ended: Promise<unknown>;
}

/** A session that was taken over from a host whose cable was cut, in milliseconds. */
export interface Takeover {
  /** From the cut to the next holder. */
  readonly after: number;
  /** By how much the clock of the first host is ahead of this machine's. */
  readonly skew: number;
}

/** Two hosts of their own addresses, each on a cable to this one. */
export class TwoHosts implements AsyncDisposable {
  readonly #network: Network;
  /** A module that opens the vault of the options it is called with. */
  readonly #opener: string;
  readonly #children: ChildProcess[] = [];

  private constructor(network: Network, opener: string) {
    this.#network = network;
    this.#opener = opener;
  }

  static async connect(opener: URL): Promise<TwoHosts> {
    return new TwoHosts(await makeNetwork(2), opener.href);
  }

  /** The address of this machine, as the hosts see it. */
  get address(): string {
    return this.#network.address;
  }

  /** Starts a program on a host, which takes the session of a vault, and writes below its name. */
  start(
    host: number,
    name: string,
    options: object,
    environment: Readonly<Record<string, string>> = {},
  ): Host {
    const program = join(import.meta.dirname, 'host.ts');
    const [command, ...args] = [
      ...this.#network.on(host),
      ...[process.execPath, '--conditions=@f9/source', program],
      JSON.stringify([name, this.#opener, options]),
    ];
    const child = spawn(command!, args, {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: { ...process.env, ...environment },
    });
    this.#children.push(child);
    const told: string[] = [];
    const waiting = new Map<string, (rest: string) => void>();
    createInterface({ input: child.stdout }).on('line', (line) => {
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
      end: () => child.stdin.end('end\n'),
      kill: () => child.kill('SIGKILL'),
      ended: once(child, 'exit'),
    };
  }

  /**
   * One holds the session, its cable is cut, the other takes over, the cable is joined again: nobody else had the session before, the
   * first has lost it for good, and all that either acknowledged is there.
   *
   * @param options of the vault, as the hosts open it @param direct the same vault, from here
   */
  async cutAndTakenOver(
    options: object,
    direct: FileBackend,
    environment: Readonly<Record<string, string>> = {},
  ): Promise<Takeover> {
    const first = this.start(0, 'first', options, environment);
    const skew = Number(await first.hears('held')) - Date.now();
    await first.hears('wrote');
    const second = this.start(1, 'second', options);
    await second.hears('open');
    const before = first.told.length;
    await expect.poll(() => first.told.length).toBeGreaterThan(before + 10);
    expect(second.told, 'while the first holds it').toEqual(['open ']);
    await this.#network.cut(0);
    const cut = performance.now();
    await second.hears('held');
    const after = performance.now() - cut;
    await second.hears('wrote');
    await this.#network.join(0);
    expect(await first.hears('failed')).toBe('LOCK_LOST');
    expect(await first.hears('again')).toBe('LOCK_LOST');
    await first.ended;
    second.end();
    await second.hears('committed');
    await second.ended;

    expect(await direct.read('shared', { binary: false })).toBe('second');
    for (const [name, { told }] of Object.entries({ first, second })) {
      const acknowledged = told.flatMap((line) => (line.startsWith('wrote ') ? [line.slice(6)] : []));
      const there = new Set(await direct.glob(`${name}/*`));
      expect(acknowledged.filter((i) => !there.has(`${name}/${i}`))).toEqual([]);
      // One at most was under way when the cable was cut.
      expect(there.size - acknowledged.length).toBeLessThanOrEqual(1);
    }
    return { after, skew };
  }

  /**
   * One holds the session and is killed, while the next waits for it on a host; the next has it then.
   *
   * @returns milliseconds from the death
   */
  async killedAndTakenOver(options: object, nextHost: number): Promise<number> {
    const dead = this.start(0, 'dead', options);
    await dead.hears('wrote');
    const next = this.start(nextHost, 'next', options);
    await next.hears('open');
    dead.kill();
    await dead.ended;
    const died = performance.now();
    await next.hears('held');
    const after = performance.now() - died;
    next.end();
    await next.hears('committed');
    await next.ended;
    return after;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const child of this.#children) child.kill('SIGKILL');
    await this.#network[Symbol.asyncDispose]();
  }
}
