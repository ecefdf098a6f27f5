// The program of the thread that `onNote` starts: says that it is there, takes one task, and answers.
import { parentPort } from 'node:worker_threads';
import { type ErrorCode, isFileBackendError } from '@f9/core';
import { type NoteTasks, runTask } from './note-tasks.ts';

/** A task for the thread. */
export interface NoteTask {
  readonly task: keyof NoteTasks;
  readonly args: Parameters<NoteTasks[keyof NoteTasks]>;
}

/** What the thread answers: a value, or the parts of an error, whose class does not cross to another thread. */
export type NoteAnswer =
  | { readonly value: unknown }
  | { readonly failed: { readonly code: ErrorCode; readonly message: string; readonly path?: string } };

function answerTo({ task, args }: NoteTask): NoteAnswer {
  try {
    return { value: runTask(task, args) };
  } catch (error) {
    if (error instanceof RangeError)
      return { failed: { code: 'INVALID_TEXT', message: 'The note is nested too deeply to be taken apart' } };
    if (!isFileBackendError(error)) throw error;
    const { code, message, path } = error;
    return { failed: { code, message, ...(path === undefined ? {} : { path }) } };
  }
}

parentPort?.once('message', (task: NoteTask) => parentPort?.postMessage(answerTo(task)));
parentPort?.postMessage('ready');
