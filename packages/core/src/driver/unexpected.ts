import { debuglog } from 'node:util';
import { backendError } from '../errors.ts';

/** Where an error came up that nobody foresaw. */
export interface UnexpectedContext {
  /** The operation of the interface that failed, for example `streamWrite`. */
  readonly operation: string;
  /** The path inside the vault, if the operation had one. */
  readonly path: string | undefined;
}

type Listener = (error: unknown, context: UnexpectedContext) => void;

const listeners = new Set<Listener>();
const log = debuglog('f9');

/**
 * Tells `listener` of every error that became `UNKNOWN`: the error as it was thrown, which may hold paths of this machine and secrets, so
 * that no caller gets to see it. The same goes to stderr where `NODE_DEBUG` holds `f9`. Gives the function that ends this.
 */
export function onUnexpected(listener: Listener): () => void {
  if (typeof listener !== 'function') throw backendError('INVALID_ARGUMENT', 'onUnexpected needs a function');
  // One function may listen twice.
  const own: Listener = (error, context) => listener(error, context);
  listeners.add(own);
  return () => void listeners.delete(own);
}

/** Passes on an error that nobody foresaw; no listener can make it worse. */
export function tellUnexpected(error: unknown, context: UnexpectedContext): void {
  log('%s of %j failed:', context.operation, context.path, error);
  for (const listener of listeners) {
    try {
      listener(error, context);
    } catch (failure) {
      log('a listener of onUnexpected failed:', failure);
    }
  }
}
