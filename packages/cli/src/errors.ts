import { isFileBackendError } from '@f9/core';
import { EXIT, exitCodeOf } from './exit-codes.ts';
import { Stopped } from './io.ts';
import { visibleLine } from './terminal-text.ts';

/** The command line asks for something that cannot be meant. */
export class UsageError extends Error {}

/** What went wrong, as the command says it: without secrets, on one line, in the words of the command line. */
export interface Complaint {
  readonly code: string;
  readonly message: string;
  readonly path?: string;
  readonly operation?: string;
  readonly retryable: boolean;
  /** The write is safe here and was not published. */
  readonly stored: boolean;
  readonly exitCode: number;
}

/** How the library's advice reads at the command line. */
const IN_OPTIONS: readonly (readonly [string, string])[] = [
  ['overwrite: true', '--force'],
  ['recursive: true', '--recursive'],
  ["prune: 'even-if-empty'", '--prune-even-if-empty'],
  ['that ifMatch names', 'that --if-match names'],
];

export function complaintOf(error: unknown): Complaint {
  if (isFileBackendError(error)) {
    const { code, path, operation, retryable, stored } = error;
    const message = IN_OPTIONS.reduce((text, [api, option]) => text.replace(api, option), error.message);
    return {
      code,
      message: visibleLine(message),
      ...(path === undefined ? {} : { path }),
      ...(operation === undefined ? {} : { operation }),
      retryable,
      stored,
      exitCode: exitCodeOf(error),
    };
  }
  const message = visibleLine(error instanceof Error ? error.message : String(error));
  const rest = { message, retryable: false, stored: false };
  if (error instanceof UsageError) return { code: 'USAGE', ...rest, exitCode: EXIT.usage };
  if (error instanceof Stopped) return { code: 'STOPPED', ...rest, exitCode: error.exitCode };
  return { code: 'UNEXPECTED', ...rest, exitCode: EXIT.failed };
}
