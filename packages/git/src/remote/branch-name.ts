import { backendError } from '@f9/core/driver';

// The rules of git-check-ref-format, and none for a leading dash, which it lets pass but commands take for an option.
const FORBIDDEN = /^-|^\/|\/$|\/\/|\.\.|@\{|^@$|^HEAD$|[\p{Cc} ~^:?*[\\]|(?:^|\/)\.|\.(?:lock)?(?:\/|$)/u;

/** @throws `INVALID_ARGUMENT` for what git would not take as the name of a branch, or would take for something else */
export function assertBranchName(branch: string): void {
  if (typeof branch !== 'string' || branch === '' || FORBIDDEN.test(branch)) {
    throw backendError('INVALID_ARGUMENT', `${JSON.stringify(branch)} cannot be the name of a branch`);
  }
}
