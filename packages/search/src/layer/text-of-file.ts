/** The text of a file for an index: UTF-8, a BOM included; `undefined` for what is none, or holds a NUL. */
export function textOfFile(bytes: Uint8Array): string | undefined {
  if (bytes.includes(0)) return undefined;
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
