import { type FileBackend, isFileBackendError, mediaType } from '@f9/core';
import { readLines, textOf } from '@f9/text/files';
import type { ReadRawResult, ReadResult } from 'deepagents';

/** Most bytes of a file that is given whole. */
const LARGEST_FILE = 10 * 1024 * 1024;

/** Lines of a text file, or the bytes of any other; its content decides, not its name. */
export async function readPart(
  vault: FileBackend,
  path: string,
  offset: number,
  limit: number,
): Promise<ReadResult> {
  try {
    return await linesOf(vault, path, offset, limit);
  } catch (error) {
    if (!isFileBackendError(error, 'INVALID_TEXT')) throw error;
    return { content: await wholeFile(vault, path), mimeType: binaryType(path) };
  }
}

/** A whole file with its information. */
export async function readWhole(vault: FileBackend, path: string): Promise<ReadRawResult> {
  // The framework needs a date; a file without one gets the epoch.
  const { modifiedAt = new Date(0), createdAt = modifiedAt } = await vault.info(path);
  const dates = { created_at: createdAt.toISOString(), modified_at: modifiedAt.toISOString() };
  const bytes = await wholeFile(vault, path);
  try {
    return { data: { content: textOf(bytes, path), mimeType: textType(path), ...dates } };
  } catch (error) {
    if (!isFileBackendError(error, 'INVALID_TEXT')) throw error;
    return { data: { content: bytes, mimeType: binaryType(path), ...dates } };
  }
}

async function linesOf(vault: FileBackend, path: string, offset: number, limit: number): Promise<ReadResult> {
  const read = await readLines(vault, path, { offset, limit: Math.max(1, limit) });
  const { text, startLine, endLine, totalLines, nextOffset } = read;
  const mimeType = textType(path);
  if (limit < 1) return { content: '', mimeType };
  // A part ends with a whole line, but here the file is wanted as it is.
  if (nextOffset !== undefined)
    return { content: text.replace(/\r?\n$/, ''), mimeType, startLine, endLine, nextOffset };
  if (offset > 0 && endLine < startLine) return { error: `The file has only ${totalLines} lines` };
  return { content: text, mimeType, startLine, endLine, totalLines: totalLines! };
}

async function wholeFile(vault: FileBackend, path: string): Promise<Uint8Array> {
  const bytes = await vault.read(path, { length: LARGEST_FILE + 1 });
  if (bytes.length <= LARGEST_FILE) return bytes;
  throw new RangeError(`It has more than ${LARGEST_FILE} bytes; read it in parts by another tool`);
}

function textType(path: string): string {
  const type = mediaType(path);
  return type.startsWith('text/') ? type : 'text/plain';
}

function binaryType(path: string): string {
  const type = mediaType(path);
  return type.startsWith('text/') ? 'application/octet-stream' : type;
}
