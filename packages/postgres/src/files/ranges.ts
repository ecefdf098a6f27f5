import type { BackendPath } from '@f9/core/driver';
import type { RunStatement } from '../database/connection.ts';
import { BLOCK } from './contents.ts';

/** A range of bytes of a file, the end exclusive. */
export interface Range {
  readonly path: BackendPath;
  readonly start: number;
  readonly end: number;
}

/** Ranges of many files by one statement, with no other bytes; `undefined` where a file does not reach so far. */
export async function readRanges(
  query: RunStatement,
  ranges: readonly Range[],
): Promise<readonly (Uint8Array | undefined)[]> {
  const rows = await query(
    `SELECT r.at, string_agg(substr(b.bytes, (greatest(r.start - b.start, 0) + 1)::int,
         (least(r.end, b.start + length(b.bytes)) - greatest(r.start, b.start))::int), ''::bytea ORDER BY b.start) AS bytes
       FROM json_to_recordset($1::text::json) AS r (at int, path text, start bigint, "end" bigint)
       JOIN entries e ON e.key = key_of(r.path) AND e.size >= r.end
       JOIN blocks b ON b.content = e.content AND b.start > r.start - ${BLOCK} AND b.start < r.end
         AND b.start + length(b.bytes) > r.start
       GROUP BY r.at`,
    [JSON.stringify(ranges.map((range, at) => ({ at, ...range })))],
  );
  const found = new Map(rows.map(({ at, bytes }) => [Number(at), bytes as Uint8Array]));
  return ranges.map(({ start, end }, at) =>
    found.get(at)?.length === end - start ? found.get(at) : undefined,
  );
}
