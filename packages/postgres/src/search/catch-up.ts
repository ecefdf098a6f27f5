import { setImmediate } from 'node:timers/promises';
import type { BackendPath, DriverOptions } from '@f9/core/driver';
import type { Analyzer } from '@f9/search';
import { pathOf } from '../files/entries.ts';
import { readRanges } from '../files/ranges.ts';
import type { OpenVault } from '../vault/open-vault.ts';
import { documentOf } from './document.ts';
import { whereAllowed } from './where-allowed.ts';

/** Most bytes of a text that is indexed; larger files are found only by name. */
const LARGEST_TEXT = 16 * 1024 * 1024;
/** Files looked at together, and bytes of them read together. */
const PAGE = 200;
const TOGETHER = 4 * 1024 * 1024;

interface Missing {
  readonly path: BackendPath;
  readonly version: number;
  readonly size: number;
}

/**
 * Indexes what no write could: long texts, appends, copies, moved files, and everything in a vault without an index. Files that the
 * session changed are indexed within it; the others for everyone, by whoever looks first.
 */
export async function catchUp(vault: OpenVault, analyzer: Analyzer, options: DriverOptions): Promise<void> {
  const { session, signal } = options;
  await whereAllowed(() => putIn(vault, analyzer, { signal }, ''));
  if (session !== undefined) {
    await putIn(vault, analyzer, options, 'AND changed = pg_current_xact_id_if_assigned()');
  }
}

async function putIn(
  vault: OpenVault,
  analyzer: Analyzer,
  options: DriverOptions,
  only: string,
): Promise<void> {
  let after: Uint8Array = Buffer.of();
  for (;;) {
    options.signal?.throwIfAborted();
    const rows = await vault.read(
      `SELECT key, version, size FROM entries
       WHERE content IS NOT NULL AND indexed IS DISTINCT FROM version AND key > $1 ${only} ORDER BY key LIMIT ${PAGE}`,
      [after],
      options,
    );
    const missing = rows.map(({ key, version, size }) => ({
      path: pathOf(key),
      version: Number(version),
      size: Number(size),
    }));
    for (const files of together(missing)) await putInTogether(vault, analyzer, files, options);
    if (rows.length < PAGE) return;
    after = rows.at(-1)!.key as Uint8Array;
  }
}

async function putInTogether(
  vault: OpenVault,
  analyzer: Analyzer,
  files: readonly Missing[],
  options: DriverOptions,
): Promise<void> {
  const texts = files.filter(({ size }) => size > 0 && size <= LARGEST_TEXT);
  const read = await readRanges(
    (text, values) => vault.read(text, values, options),
    texts.map(({ path, size }) => ({ path, start: 0, end: size })),
  );
  const bytesOf = new Map(texts.map(({ path }, at) => [path, read[at]]));
  const documents = [];
  for (const { path, version, size } of files) {
    const bytes = size === 0 ? new Uint8Array() : bytesOf.get(path);
    // The file has changed since: whoever looks next indexes the new content.
    if (bytes === undefined && size <= LARGEST_TEXT) continue;
    documents.push({ path, version, document: documentOf(path, bytes, analyzer) });
    // Other work waits for the event loop as well.
    await setImmediate();
  }
  options.signal?.throwIfAborted();
  if (documents.length === 0) return;
  await vault.change('SELECT index_files($1, $2::text::json)', [JSON.stringify(documents)], options);
}

function* together(files: readonly Missing[]): Generator<Missing[], void, void> {
  let some: Missing[] = [];
  let size = 0;
  for (const file of files) {
    if (some.length > 0 && size + file.size > TOGETHER) {
      yield some;
      some = [];
      size = 0;
    }
    some.push(file);
    size += file.size;
  }
  if (some.length > 0) yield some;
}
