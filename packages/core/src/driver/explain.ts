import { addContext, backendError, isFileBackendError } from '../errors.ts';
import { tellUnexpected } from './unexpected.ts';

/** Carries an error of the caller's own source or session body past everything that would take it for one of the backend. */
export class CallerError {
  /** The error that the caller's own code threw. */
  readonly error: unknown;

  constructor(error: unknown) {
    this.error = error;
  }
}

/** The error that a caller gets to see: the reason of the abort, its own error, or a `FileBackendError` with its context. */
export function explain(error: unknown, operation: string, path?: unknown, signal?: AbortSignal): unknown {
  if (error instanceof CallerError) return error.error;
  if (signal?.aborted === true) return signal.reason;
  const known = typeof path === 'string' ? path : undefined;
  if (isFileBackendError(error)) return addContext(error, operation, known);
  tellUnexpected(error, { operation, path: known });
  const where = known === undefined ? '' : ` of ${JSON.stringify(known)}`;
  return backendError('UNKNOWN', `The ${operation}${where} failed in an unexpected way; see the cause`, {
    operation,
    path: known,
    cause: error,
  });
}
