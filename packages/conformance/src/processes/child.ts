// The program of another process or worker thread: it opens the store by the module of the backend's author, and does one job after
// another.
import { flushCompileCache } from 'node:module';
import { parentPort } from 'node:worker_threads';
import type { FileBackend } from '@f9/core';
import { JOBS, type Talk } from './jobs.ts';
import type { Order, Report } from './messages.ts';

const report = (message: Report): void => {
  if (parentPort === null) process.send?.(message);
  else parentPort.postMessage(message);
};

let backend: FileBackend | undefined;
let isOver = false;
let goOn: (() => void) | undefined;

const talk: Talk = {
  tell: (told) => report({ told }),
  wait: async () => {
    const word = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    report({ waits: true });
    await word;
  },
  isOver: () => isOver,
};

async function obey(order: Order): Promise<void> {
  if ('goOn' in order) {
    goOn?.();
  } else if ('isOver' in order) {
    isOver = true;
  } else if ('open' in order) {
    const module = (await import(order.open)) as {
      default(data: unknown): FileBackend | Promise<FileBackend>;
    };
    backend = await module.default(order.data);
    await backend.exists('/');
    report({ isOpen: true });
    // With NODE_COMPILE_CACHE the next process starts faster. It is flushed now, since this process is killed and would save nothing
    // at its exit.
    flushCompileCache();
  } else if ('job' in order) {
    isOver = false;
    const job = JOBS[order.job] as (backend: FileBackend, args: unknown, talk: Talk) => Promise<unknown>;
    report({ result: await job(backend!, order.args, talk) });
  } else {
    await backend?.[Symbol.asyncDispose]();
    if (parentPort === null) process.disconnect();
    else parentPort.close();
  }
}

const listener = (order: Order): void => {
  obey(order).catch((error: unknown) => {
    report({ failure: error instanceof Error ? (error.stack ?? error.message) : String(error) });
  });
};
if (parentPort === null) {
  process.on('message', listener);
  // The suite is gone, and nobody else would end this process.
  process.on('disconnect', () => process.exit());
} else {
  parentPort.on('message', listener);
}
