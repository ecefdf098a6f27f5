import { backendError } from '../errors.ts';

/**
 * Refuses backend options that would be ignored: a value that is no object, or a name that is no option.
 *
 * @param known the options of the backend beside those that every backend takes
 * @throws `INVALID_ARGUMENT`
 */
export function assertBackendOptions(options: unknown, known: readonly string[]): void {
  if (typeof options !== 'object' || options === null) {
    throw backendError(
      'INVALID_ARGUMENT',
      `A backend is made with an object of options: ${known.join(', ')}`,
    );
  }
  const names = [...known, 'disposeTimeout'];
  const unknown = Object.keys(options).find((name) => !names.includes(name));
  if (unknown === undefined) return;
  throw backendError(
    'INVALID_ARGUMENT',
    `There is no option ${JSON.stringify(unknown)}; there are ${names.join(', ')}`,
  );
}
