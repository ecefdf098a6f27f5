import { ERROR_TABLE } from '@f9/core/driver';
import { table } from './markers.ts';

/** Every code with its class and errno, from the table that the code itself uses. */
export function errorsTable(): string {
  const rows = Object.entries(ERROR_TABLE).map(([code, { className, errno, retryable }]) => [
    `\`${code}\``,
    `\`${className}\``,
    `\`${errno}\``,
    retryable ? 'yes' : '',
  ]);
  return table(['code', 'class', 'errno', 'may succeed later'], rows);
}
