/** Bytes read or written at a time where a file is not taken whole. */
export const BLOCK: number = 1024 * 1024;

/** Bytes of its own, never a part of a shared pool, and not zeroed: whoever gets it fills it. */
export function allocate(length: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.allocUnsafeSlow(length).buffer as ArrayBuffer, 0, length);
}
