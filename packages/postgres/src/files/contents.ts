import {
  assertReadable,
  type BackendPath,
  backendError,
  concatBytes,
  type DriverReadOptions,
} from '@f9/core/driver';
import type { Row, RunStatement } from '../database/connection.ts';
import { ENTRY_COLUMNS, type Entry, entryOf, infoOf, keyOf } from './entries.ts';
import type { Readers } from './readers.ts';

/** Bytes in a row: a file is written and read by blocks, never whole. */
export const BLOCK: number = 256 * 1024;
/** Most bytes of one answer; up to this size a file is read by one statement, and so is of one version. */
const WINDOW = 4 * BLOCK;

/** A file in the version that was opened. */
interface OpenFile extends Entry {
  readonly content: number;
  /** Bytes of the first answer. */
  readonly bytes: Uint8Array;
  /** The position behind them, and the end of the range. */
  readonly at: number;
  readonly end: number;
}

/** Bytes of a range of a file, all of one version. @throws `NOT_FOUND`, `IS_DIRECTORY`, `INTEGRITY` */
export async function* readBlocks(
  query: RunStatement,
  readers: Readers,
  path: BackendPath,
  options: DriverReadOptions,
): AsyncGenerator<Uint8Array, void, void> {
  const { signal } = options;
  let opened = await open(query, path, options);
  if (opened.at >= opened.end) {
    if (opened.bytes.length > 0) yield opened.bytes;
    return;
  }
  let letGo = await readers.hold(opened.content);
  try {
    // The content may have been replaced before it was held.
    while (!(await isThere(query, opened.content))) {
      await letGo();
      opened = await open(query, path, options);
      letGo = await readers.hold(opened.content);
    }
    yield opened.bytes;
    for (let { at } = opened; at < opened.end; ) {
      signal?.throwIfAborted();
      const bytes = await blocksOf(query, opened.content, at, Math.min(opened.end, at + WINDOW));
      yield bytes;
      at += bytes.length;
    }
  } finally {
    await letGo();
  }
}

/** The entry and the first bytes of the range, by one statement. */
async function open(
  query: RunStatement,
  path: BackendPath,
  { offset = 0, length, version }: DriverReadOptions,
): Promise<OpenFile> {
  const end = Math.min(Number.MAX_SAFE_INTEGER, offset + (length ?? Number.MAX_SAFE_INTEGER));
  const source =
    version === undefined
      ? `(SELECT * FROM entries WHERE key = $1 AND $4::text IS NULL)`
      : // Of the present its entry says when it was made; of what was, nobody asks.
        `(SELECT key, content, version, size, sha256, created_at, modified_at FROM entries WHERE key = $1 AND version::text = $4
          UNION ALL SELECT key, content, version, size, NULL, at, at FROM versions
            WHERE key = $1 AND version::text = $4 AND content IS NOT NULL LIMIT 1)`;
  const rows = await query(
    `SELECT ${ENTRY_COLUMNS}, b.start, b.bytes FROM ${source} e LEFT JOIN blocks b
       ON b.content = e.content AND b.start > $2 - ${BLOCK} AND b.start < least($3, e.size) ORDER BY b.start`,
    [keyOf(path), offset, Math.min(end, offset + WINDOW), version ?? null],
  );
  const entry = rows[0] && entryOf(rows[0]);
  if (version !== undefined && entry === undefined) {
    throw backendError('NOT_FOUND', `${JSON.stringify(path)} has no version ${version}; see its history`, {
      path,
    });
  }
  assertReadable(path, entry && infoOf(path, entry));
  const file = entry as Entry & { readonly content: number };
  const last = Math.min(end, file.size);
  const upTo = Math.min(last, offset + WINDOW);
  const bytes = upTo > offset ? cut(rows, offset, upTo) : new Uint8Array();
  return { ...file, bytes, at: Math.max(offset, upTo), end: last };
}

async function isThere(query: RunStatement, content: number): Promise<boolean> {
  return (await query('SELECT FROM blocks WHERE content = $1 LIMIT 1', [content])).length > 0;
}

async function blocksOf(query: RunStatement, content: number, from: number, to: number): Promise<Uint8Array> {
  const rows = await query(
    `SELECT start, bytes FROM blocks WHERE content = $1 AND start > $2 - ${BLOCK} AND start < $3 ORDER BY start`,
    [content, from, to],
  );
  return cut(rows, from, to);
}

/** The bytes from `from` to `to` of blocks in their order. @throws `INTEGRITY` where some are missing */
function cut(rows: readonly Row[], from: number, to: number): Uint8Array {
  const parts: Uint8Array[] = [];
  let at = from;
  for (const { start, bytes } of rows) {
    if (bytes === null) break;
    const block = bytes as Uint8Array;
    const first = Number(start);
    if (first + block.length <= at) continue;
    if (first > at) break;
    const part = block.subarray(at - first, to - first);
    parts.push(part);
    at += part.length;
  }
  if (at === to) return concatBytes(parts);
  throw backendError('INTEGRITY', `The vault is damaged: bytes from ${at} on are missing`);
}
