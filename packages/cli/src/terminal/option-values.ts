import { InvalidArgumentError } from 'commander';

/** For options that take a count. */
export function positiveInteger(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1) return value;
  throw new InvalidArgumentError('It must be a whole number, 1 or more.');
}

/** For options that can be given again. */
export function collect(value: string, before: readonly string[] = []): string[] {
  return [...before, value];
}
