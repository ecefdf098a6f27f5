import fs from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FileBackend } from '@f9/core';
import { LocalFileBackend } from '../../src/index.ts';

// One of several processes that want the session again and again, and count in a file while they hold it. It ends when it is told to.

export interface ContenderOptions {
  readonly root: string;
  readonly io: 'auto' | 'async';
  /** Where all of them write down what they do; see sessions.ts. */
  readonly log: string;
  /** Milliseconds for which a holder may block its event loop. */
  readonly stall: number;
  /** Do without a session. */
  readonly naively: boolean;
}

export type ContenderEvent = 'enter' | 'stall' | 'commit' | 'leave';

/** One session in so many stalls. */
const STALLING = 30;
const TIMEOUT = 60_000;

const { root, io, log, stall, naively }: ContenderOptions = JSON.parse(process.argv[2]!);
const logFd = fs.openSync(log, 'a');
let mayGoOn = true;
process.stdin.on('end', () => {
  mayGoOn = false;
});
process.stdin.resume();

await using backend = await LocalFileBackend.open({ root, io, durability: 'none' });
process.stdout.write('ready\n');
while (mayGoOn) {
  if (naively) await count(backend, async () => undefined);
  else await backend.syncSession((session) => count(session, () => session.commit()), { timeout: TIMEOUT });
}

async function count(files: FileBackend, commit: () => Promise<void>): Promise<void> {
  note('enter');
  const value = Number(await files.read('count', { binary: false })) + 1;
  if (Math.random() < 1 / STALLING) {
    note('stall');
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, stall);
  } else await sleep(Math.random() * 10);
  await files.update('count', { data: `${value}` });
  await commit();
  note('commit', value);
  note('leave');
}

/** The clock is that of the system, the same in all processes. */
function note(event: ContenderEvent, value = 0): void {
  fs.writeSync(logFd, `${process.hrtime.bigint()} ${process.pid} ${event} ${value}\n`);
}
