import { backendError } from '@f9/core/driver';

const NAME = /^[\p{L}\p{N}][\p{L}\p{M}\p{N}._-]{0,63}$/u;

/** @throws `INVALID_ARGUMENT` */
export function assertVaultName(name: string): void {
  if (typeof name === 'string' && NAME.test(name)) return;
  throw backendError(
    'INVALID_ARGUMENT',
    'The name of a vault is a letter or digit and up to 63 more of letters, digits, ".", "_" and "-"' +
      (typeof name === 'string' ? `, not ${JSON.stringify(name.slice(0, 80))}` : ''),
  );
}
