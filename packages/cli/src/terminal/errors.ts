import { isFileBackendError } from '@f9/core';
import type { ErrorCause } from '@f9/core/driver';
import { EXIT, exitCodeOf } from './exit-codes.ts';
import { Stopped } from './io.ts';
import { inWordsOfTheCommand } from './remedies.ts';
import { visibleLine } from './text.ts';

/** The command line asks for something impossible. */
export class UsageError extends Error {}

/** An error as the command reports it: without secrets, on one line, in the words of the command line. */
export interface Complaint {
  readonly code: string;
  readonly message: string;
  readonly path?: string;
  readonly operation?: string;
  readonly retryable: boolean;
  /** Whether the write is safe here and only not published. */
  readonly stored: boolean;
  readonly exitCode: number;
}

export function complaintOf(error: unknown, verb?: string): Complaint {
  if (isFileBackendError(error)) {
    const { code, path, operation, retryable, stored } = error;
    const message = inWordsOfTheCommand(
      error.message.replace('see the cause', `the cause is ${causeOf(error.cause)}`),
      verb,
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

/** The part of a cause that the library keeps: no message, which might hold a secret. */
function causeOf(cause: unknown): string {
  const { name, code, syscall } = (cause ?? {}) as Partial<ErrorCause>;
  return [name, code, syscall].filter((part) => part !== undefined).join(' ') || 'not known';
}
