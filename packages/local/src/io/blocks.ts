/** Bytes read or written at a time where a file is not taken whole. */
export const BLOCK: number = 1024 * 1024;

/** Bytes up to which zeroing is cheaper than avoiding it. */
const TINY = 8 * 1024;

/** A buffer of its own, never part of a shared pool. It may hold anything, so the caller must fill it. */
export function allocate(length: number): Uint8Array<ArrayBuffer> {
  if (length <= TINY) return new Uint8Array(length);
  return new Uint8Array(Buffer.allocUnsafeSlow(length).buffer as ArrayBuffer, 0, length);
}
