import { isFileBackendError } from '@f9/core';
import { decodeText } from '@f9/core/driver';

/** The text in bytes; `undefined` where they are not UTF-8. */
export function textOf(bytes: Uint8Array): string | undefined {
  try {
    return decodeText(bytes, '');
  } catch (error) {
    if (isFileBackendError(error, 'INVALID_TEXT')) return undefined;
    throw error;
  }
}

/** The content of a file in the output of `--json`. */
export function contentAsJson(bytes: Uint8Array): { readonly text: string } | { readonly base64: string } {
  const text = textOf(bytes);
  return text === undefined ? { base64: Buffer.from(bytes).toString('base64') } : { text };
}
