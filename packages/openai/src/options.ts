import { backendError } from '@f9/core/driver';
import { MAX_INLINE_BYTES } from './entries/attributes.ts';

/** Options that tune the backend; every one has a default. */
export interface TuningOptions {
  /** Milliseconds for which a list of the store is believed. Default 5,000, or 10 times as long as it took to get. */
  readonly cacheTtl?: number;
  /** Requests under way at the same time. Default 16. */
  readonly concurrency?: number;
  /** Milliseconds for one request, its body included. Default 60,000. */
  readonly timeout?: number;
  /** Times that a request is repeated, or a file processed again. Default 5. */
  readonly maxRetries?: number;
  /** Milliseconds before the first repetition, doubled before each next one; the service may ask for more. Default 500. */
  readonly retryDelay?: number;
  /** Milliseconds between looks at a file that is being processed. Default: as the service asks, else 250, growing to 5,000. */
  readonly pollInterval?: number;
  /** Milliseconds that the service may take to process a file. Default 300,000. */
  readonly processingTimeout?: number;
  /** Milliseconds after which every list and read of the service shows a change. Default 10,000. */
  readonly settleWithin?: number;
  /** Bytes, after compression, of files that are kept in attributes. Default and at most 3,072; 0: none but empty files. */
  readonly inlineLimit?: number;
  /** Bytes of a larger file in one part, and in memory at a time, at least 1,024. Default and at most 3 MiB. */
  readonly partSize?: number;
}

type WithDefault = Omit<TuningOptions, 'cacheTtl' | 'pollInterval'>;

export interface ResolvedOptions extends Required<WithDefault> {
  readonly cacheTtl: number | undefined;
  readonly pollInterval: number | undefined;
}

/** Bytes of a carrier that stay below the 5,000,000 tokens of a file, even at a token for each character. */
const MAX_PART = 3 * 1024 * 1024;
const MIN_PART = 1024;
/** The longest time that a timer takes, in milliseconds. */
const MAX_TIME = 2 ** 31 - 1;

/** Refuses what is no object, and names that are no option, since a misspelt one would otherwise be ignored. @throws `INVALID_ARGUMENT` */
export function assertOptionNames(options: unknown, known: readonly string[]): void {
  if (typeof options !== 'object' || options === null) {
    throw backendError('INVALID_ARGUMENT', `Options are an object: ${known.join(', ')}`);
  }
  const unknown = Object.keys(options).find((name) => name !== 'signal' && !known.includes(name));
  if (unknown === undefined) return;
  throw backendError(
    'INVALID_ARGUMENT',
    `There is no option ${JSON.stringify(unknown)}; there are ${known.join(', ')}`,
  );
}

/** Names of `TuningOptions`. */
export const TUNING_OPTIONS: readonly (keyof TuningOptions)[] = [
  'cacheTtl',
  'concurrency',
  'timeout',
  'maxRetries',
  'retryDelay',
  'pollInterval',
  'processingTimeout',
  'settleWithin',
  'inlineLimit',
  'partSize',
];

/** @throws `INVALID_ARGUMENT` */
export function resolveOptions(options: TuningOptions): ResolvedOptions {
  const time = (name: keyof TuningOptions, byDefault: number): number =>
    inRange(name, options[name] ?? byDefault, 0, MAX_TIME);
  const timeIfGiven = (name: keyof TuningOptions): number | undefined =>
    options[name] === undefined ? undefined : time(name, 0);
  const count = (name: keyof TuningOptions, byDefault: number, least: number, most: number): number =>
    inRange(name, options[name] ?? byDefault, least, most, true);
  return {
    cacheTtl: timeIfGiven('cacheTtl'),
    concurrency: count('concurrency', 16, 1, 1000),
    timeout: inRange('timeout', options.timeout ?? 60_000, 1, MAX_TIME),
    maxRetries: count('maxRetries', 5, 0, 100),
    retryDelay: time('retryDelay', 500),
    pollInterval: timeIfGiven('pollInterval'),
    processingTimeout: time('processingTimeout', 300_000),
    settleWithin: time('settleWithin', 10_000),
    inlineLimit: count('inlineLimit', MAX_INLINE_BYTES, 0, MAX_INLINE_BYTES),
    partSize: count('partSize', MAX_PART, MIN_PART, MAX_PART),
  };
}

function inRange(name: string, value: unknown, least: number, most: number, whole = false): number {
  if (typeof value === 'number' && value >= least && value <= most && (!whole || Number.isInteger(value)))
    return value;
  throw backendError(
    'INVALID_ARGUMENT',
    `${name} must be a ${whole ? 'whole ' : ''}number from ${least} to ${most}`,
  );
}
