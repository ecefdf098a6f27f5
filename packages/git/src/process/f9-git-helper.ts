// A small process that starts git for a large one. Starting a process copies the parent's whole page table: 28 ms for 650 MB.
import { type GitOutcome, type GitRequest, runGit } from './run-git.ts';

/** A message of the large process: a command to run, or the number of one to end. */
export type ToHelper = { readonly id: number; readonly request: GitRequest } | { readonly stop: number };
/** An answer: once that the helper is ready, then the end of each command. */
export type FromHelper = 'ready' | { readonly id: number; readonly outcome: GitOutcome };

const running = new Map<number, AbortController>();

process.on('message', async (message: ToHelper) => {
  if ('stop' in message) {
    running.get(message.stop)?.abort();
    return;
  }
  const { id, request } = message;
  const controller = new AbortController();
  running.set(id, controller);
  const outcome = await runGit(request, controller.signal);
  running.delete(id);
  if (process.connected) say({ id, outcome });
  else if (running.size === 0) process.exit();
});

// The large process has ended, or needs no helper any more.
process.on('disconnect', () => {
  for (const controller of running.values()) controller.abort();
  if (running.size === 0) process.exit();
});

function say(message: FromHelper): void {
  process.send?.(message);
}

say('ready');
