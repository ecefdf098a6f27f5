import { randomBytes } from 'node:crypto';

/** The Files of one write: its head, the same without text, part n of its bytes, passage n of its text. */
export type Role = 'head' | 'bare' | `part${number}` | `passage${number}`;

/**
 * A unique id that begins with the time. By it an upload whose answer was lost can be found.
 *
 * @param now milliseconds since 1970
 */
export function newWriteId(now: number): string {
  return `${now.toString(36).padStart(TIME_DIGITS, '0')}${randomBytes(8).toString('hex')}`;
}

/** The time at which a write began. */
export function writtenAt(writeId: string): Date {
  return new Date(Number.parseInt(writeId.slice(0, TIME_DIGITS), 36));
}

/** Digits that last for the next thousand years. */
const TIME_DIGITS = 9;

/** The name of a File: the mark of f9, the store, the write. The service keeps only the base name. */
export function uploadName(vectorStoreId: string, writeId: string, role: Role, extension: string): string {
  return `f9.${vectorStoreId}.${writeId}.${role}.${extension}`;
}

/** Whether f9 uploaded the File for this store. */
export function isUploadFor(vectorStoreId: string, filename: string): boolean {
  return filename.startsWith(`f9.${vectorStoreId}.`);
}
