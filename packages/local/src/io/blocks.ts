/** Bytes read or written at a time where a file is not taken whole. */
export const BLOCK: number = 1024 * 1024;

/** Bytes up to which zeroing is cheaper than avoiding it. */
const TINY = 8 * 1024;

/** Bytes of their own, never part of a shared pool. They may hold anything: whoever gets them fills them. */
export function allocate(length: number): Uint8Array<ArrayBuffer> {
  if (length <= TINY) return new Uint8Array(length);
  return new Uint8Array(Buffer.allocUnsafeSlow(length).buffer as ArrayBuffer, 0, length);
}
