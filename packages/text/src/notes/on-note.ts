import { once } from 'node:events';
import { clearTimeout, setTimeout } from 'node:timers';
import { Worker } from 'node:worker_threads';
import { backendError } from '@f9/core/driver';
import { type NoteTasks, runTask } from './note-tasks.ts';
import type { NoteAnswer, NoteTask } from './note-worker.ts';
import { NOTE_WORKER_FILE } from './note-worker-file.ts';

/** Most characters of a note that is taken apart in this thread: the worst of them takes less than a thread to start. */
const SHORT = 4096;
/** Most megabytes that a note taken apart may fill. */
const MEMORY = 1024;

/** Limits of work on one note. */
export interface NoteLimits {
  /** Milliseconds that it may take. */
  readonly timeLimit: number;
  /** Ends it. */
  readonly signal?: AbortSignal | undefined;
}

/** The work before: notes are taken apart one at a time, as they would be without threads. */
let before: Promise<unknown> = Promise.resolve();

/**
 * Calls a function on a note in a thread of its own, which is ended when its time is up: for some texts the parser takes as long as the
 * square of their length. Of a bundle, which has no file for the thread, it runs in this one.
 *
 * @throws `INVALID_ARGUMENT` where the time is up, and what the function throws
 */
export async function onNote<Task extends keyof NoteTasks>(
  task: Task,
  args: Parameters<NoteTasks[Task]>,
  limits: NoteLimits,
): Promise<ReturnType<NoteTasks[Task]>> {
  const worker = NOTE_WORKER_FILE;
  if (worker === undefined || lengthOf(args) <= SHORT) return runTask(task, args);
  const answered = before.then(() => answerOf(worker, { task, args }, limits));
  before = answered.catch(() => undefined);
  const answer = await answered;
  if ('value' in answer) return answer.value as ReturnType<NoteTasks[Task]>;
  const { code, message, path } = answer.failed;
  throw backendError(code, message, path === undefined ? {} : { path });
}

function lengthOf(args: readonly unknown[]): number {
  return args.reduce<number>(
    (sum, given) => sum + (typeof given === 'string' ? given : (JSON.stringify(given) ?? '')).length,
    0,
  );
}

async function answerOf(file: URL, task: NoteTask, { timeLimit, signal }: NoteLimits): Promise<NoteAnswer> {
  signal?.throwIfAborted();
  const worker = new Worker(file, {
    resourceLimits: { maxOldGenerationSizeMb: MEMORY },
    // Sources import sources.
    ...(file.pathname.endsWith('.ts') ? { execArgv: ['--conditions=@f9/source'] } : {}),
  });
  const late = new AbortController();
  const signals = signal === undefined ? late.signal : AbortSignal.any([late.signal, signal]);
  let timer: NodeJS.Timeout | undefined;
  try {
    await once(worker, 'message', { signal: signals });
    timer = setTimeout(() => late.abort(), timeLimit);
    worker.postMessage(task);
    const [answer] = (await once(worker, 'message', { signal: signals })) as [NoteAnswer];
    return answer;
  } catch (error) {
    signal?.throwIfAborted();
    const isTooMuch = (error as { code?: unknown }).code === 'ERR_WORKER_OUT_OF_MEMORY';
    if (!late.signal.aborted && !isTooMuch) throw error;
    throw backendError(
      'INVALID_ARGUMENT',
      `The note takes ${isTooMuch ? 'too much memory' : `longer than ${timeLimit} ms`} to be taken apart; read it by lines, and edit it as text`,
    );
  } finally {
    clearTimeout(timer);
    await worker.terminate();
  }
}
