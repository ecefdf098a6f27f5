import type { ErrorCode } from '@f9/core';
import { isFileBackendError } from '@f9/core';
import type { ToolAnswer } from './answer.ts';
import { cutTo } from './bounds.ts';

/** Most bytes of a message, which may hold text that a model sent. */
const MESSAGE_BYTES = 1000;

/** Advice on what to do next, where the error itself gives none. */
const ADVICE: Partial<Record<ErrorCode, string>> = {
  NOT_FOUND: 'Look with list_directory or search_files.',
  ALREADY_EXISTS: 'Choose another name, or say that it is to be replaced.',
  IS_DIRECTORY: 'Use list_directory.',
  NOT_DIRECTORY: 'Give the path of a directory.',
  DIRECTORY_NOT_EMPTY: 'Empty it first, or say recursive: true.',
  PRECONDITION_FAILED: 'It was changed meanwhile: read it again and make the change on what is there now.',
  SYNC_CONFLICT: 'Look with list_conflicts and show_conflict, settle with resolve_conflict.',
  READ_ONLY: 'This vault is open for reading only.',
  PERMISSION_DENIED: 'This is not allowed here.',
  INVALID_TEXT: 'It is not text; use read_media_file.',
  BUSY: 'Try again in a moment.',
  LOCK_TIMEOUT: 'Try again in a moment.',
  UNAVAILABLE: 'Try again later.',
  RATE_LIMITED: 'Try again later.',
};

/** The answer for an error: `CODE: message. What to do.` */
export function failure(error: unknown): ToolAnswer {
  if (!isFileBackendError(error)) throw error;
  const message = cutTo(error.message, MESSAGE_BYTES);
  const cut = message.length < error.message.length ? `${message}…` : message;
  const sentence = /[.!?…]$/.test(cut) ? cut : `${cut}.`;
  const advice = ADVICE[error.code];
  const content = `${error.code}: ${sentence}${advice === undefined ? '' : ` ${advice}`}`;
  return { content, error: { code: error.code, message: cut, retryable: error.retryable } };
}
