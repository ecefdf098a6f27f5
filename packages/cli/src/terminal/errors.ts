import { isFileBackendError } from '@f9/core';
import type { ErrorCause } from '@f9/core/driver';
import { EXIT, exitCodeOf } from './exit-codes.ts';
import { Stopped } from './io.ts';
import { visibleLine } from './text.ts';

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

/** How the library's advice reads at the command line; the first that fits the verb counts. */
const IN_OPTIONS: readonly { readonly advice: string; readonly verb?: string; readonly option: string }[] = [
  {
    advice: 'replace it with overwrite: true',
    verb: 'mkdir',
    option: 'with --force a directory is left as it is',
  },
  { advice: 'overwrite: true', option: '--force' },
  { advice: 'recursive: true', option: '--recursive' },
  { advice: "prune: 'even-if-empty'", option: '--prune-even-if-empty' },
  {
    advice:
      'conflictReport() shows how, conflictAcceptLocal(), conflictAcceptRemote(), conflictKeepBoth() and conflictResolve() settle it',
    option: 'f9 conflicts shows how and settles it',
  },
  { advice: 'that ifMatch names', option: 'that --if-match names' },
];

export function complaintOf(error: unknown, verb?: string): Complaint {
  if (isFileBackendError(error)) {
    const { code, path, operation, retryable, stored } = error;
    const fitting = IN_OPTIONS.filter((each) => each.verb === undefined || each.verb === verb);
    const message = fitting.reduce(
      (text, { advice, option }) => text.replace(advice, option),
      error.message.replace('see the cause', `the cause is ${causeOf(error.cause)}`),
    );
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

/** What the library keeps of a cause: no message, which might hold a secret. */
function causeOf(cause: unknown): string {
  const { name, code, syscall } = (cause ?? {}) as Partial<ErrorCause>;
  return [name, code, syscall].filter((part) => part !== undefined).join(' ') || 'not known';
}
