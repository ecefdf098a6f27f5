import { hash, randomBytes, randomInt } from 'node:crypto';

/** Bytes at most, beyond what one write puts down. */
const LARGEST = 300_000;

/** A content that tells whether it is whole. */
export function newVersion(): string {
  const body = randomBytes(4)
    .toString('hex')
    .repeat(randomInt(1, LARGEST / 8));
  return `${hash('sha256', body)}\n${body}`;
}

export function isWhole(version: string): boolean {
  const [sum, body = ''] = version.split('\n');
  return sum === hash('sha256', body);
}
