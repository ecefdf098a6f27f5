import { InvalidArgumentError } from 'commander';

/** Reads an option that takes a count. */
export function positiveInteger(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1) return value;
  throw new InvalidArgumentError('It must be a whole number, 1 or more.');
}

/** Reads an option that can be given again. */
export function collect(value: string, before: readonly string[] = []): string[] {
  return [...before, value];
}

/** Reads an option that names packages, and can be given again. */
export function collectPackage(value: string, before: readonly string[] = []): string[] {
  // The value is not repeated, since it may hold a secret.
  if (/[:?=]/.test(value)) throw new InvalidArgumentError('It must be the name of a package.');
  return collect(value, before);
}

/** Reads a number of files, or a share of all: `20`, `10%`. */
export function countOrShare(text: string): number | `${number}%` {
  const [, digits, percent] = /^(\d+(?:\.\d+)?)(%?)$/.exec(text) ?? [];
  const value = Number(digits);
  if (digits !== undefined && (percent === '%' ? value <= 100 : Number.isInteger(value))) {
    return percent === '%' ? `${value}%` : value;
  }
  throw new InvalidArgumentError('It must be a whole number of files or a share of them, as 20 or 10%.');
}

const UNITS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Reads milliseconds: `90` and `90s`, `5m`, `2h`, `1d`. */
export function duration(text: string): number {
  const [, digits, unit = 's'] = /^(\d+)([smhd]?)$/.exec(text) ?? [];
  const value = Number(digits) * (UNITS[unit || 's'] ?? Number.NaN);
  if (value > 0) return value;
  throw new InvalidArgumentError('It must be a time, as 90s, 5m, 2h or 1d.');
}

/** Reads a time: a date, or how long ago. */
export function moment(text: string): Date {
  const isDuration = /^\d+[smhd]$/.test(text);
  const date = new Date(isDuration ? Date.now() - duration(text) : text);
  if (!Number.isNaN(date.getTime())) return date;
  throw new InvalidArgumentError('It must be a date or how long ago, as 2026-01-31 or 7d.');
}

const POWERS: Readonly<Record<string, number>> = { '': 1, k: 1e3, m: 1e6, g: 1e9 };

/** Reads bytes a second: `800`, `500k`, `2M`, powers of 1000. */
export function byteRate(text: string): number {
  const [, digits, unit = ''] = /^(\d+(?:\.\d+)?)([kmg]?)$/i.exec(text) ?? [];
  const value = Number(digits) * (POWERS[unit.toLowerCase()] ?? Number.NaN);
  if (value > 0) return value;
  throw new InvalidArgumentError('It must be bytes a second, as 500k or 2M.');
}
