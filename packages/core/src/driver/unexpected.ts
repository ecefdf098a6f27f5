import { debuglog } from 'node:util';
import { backendError } from '../errors.ts';

/** The place where an unforeseen error came up. */
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
 * Tells `listener` of every error that became `UNKNOWN`, as it was thrown: it may hold paths of this machine and secrets, so that no
 * caller gets to see it. With `f9` in `NODE_DEBUG` it goes to stderr too. Gives the function that ends this.
 */
export function onUnexpected(listener: Listener): () => void {
  if (typeof listener !== 'function') throw backendError('INVALID_ARGUMENT', 'onUnexpected needs a function');
  // A function of its own, since one listener may be added twice.
  const own: Listener = (error, context) => listener(error, context);
  listeners.add(own);
  return () => void listeners.delete(own);
}

/** Tells the listeners of an unforeseen error; whatever they throw is ignored. */
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
