import { backendError } from '@f9/core/driver';

/** Names of the options that guard. */
const GUARDS = ['readOnly', 'allow', 'deny', 'at', 'tools', 'approve'];
/** Names of those that are lists of patterns or names. */
const LISTS = ['allow', 'deny', 'tools'];

/**
 * Refuses options that would guard nothing: a mistyped `readonly` would give an agent every tool that writes.
 *
 * @throws `INVALID_ARGUMENT` for an unknown name, a guard that is `undefined`, or patterns that are no list
 */
export function assertGuards(user: string, options: object, known: readonly string[]): void {
  for (const [name, value] of Object.entries(options)) {
    if (!known.includes(name)) {
      throw invalid(`${user} has no option ${JSON.stringify(name)}; there are ${known.join(', ')}`);
    }
    if (GUARDS.includes(name) && value === undefined) {
      throw invalid(`${name} of ${user} is undefined, which guards nothing: give it, or leave it out`);
    }
    if (LISTS.includes(name) && !Array.isArray(value)) throw invalid(`${name} of ${user} must be a list`);
  }
}

function invalid(message: string): Error {
  return backendError('INVALID_ARGUMENT', message);
}
