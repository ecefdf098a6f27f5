import { backendError, decodeText } from '@f9/core/driver';

/** Bytes of a text file as a string, a BOM kept. @throws `INVALID_TEXT` for anything but UTF-8, and where a NUL says that it is binary. */
export function textOf(bytes: Uint8Array, path: string): string {
  if (bytes.includes(0)) {
    throw backendError('INVALID_TEXT', `${JSON.stringify(path)} is binary: it holds a NUL byte`, { path });
  }
  return decodeText(bytes, path);
}
