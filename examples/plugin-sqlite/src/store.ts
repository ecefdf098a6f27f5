import type { DatabaseSync, SQLOutputValue, StatementSync } from 'node:sqlite';
import { FileInfo } from '@f9/core';
import { type BackendPath, backendError, notDirectory, parentPath, ROOT } from '@f9/core/driver';

/** A row of `entries`. */
export interface Entry {
  readonly path: BackendPath;
  /** Whose blocks hold the bytes; `null` for a directory. */
  readonly content: number | null;
  readonly version: number;
  readonly size: number;
  readonly createdAt: number;
  readonly modifiedAt: number;
}

/** Where a listing goes on: behind the last key it gave. */
export interface Page {
  readonly after: Uint8Array;
  readonly size: number;
}

const COLUMNS = 'key, content, version, size, created_at AS createdAt, modified_at AS modifiedAt';

/** The tables, in terms of paths. Every call is one or a few statements, and synchronous, as SQLite is here. */
export class Store {
  readonly #database: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  /** All of `body`, or nothing of it, while nobody else writes. */
  transaction<T>(body: () => T): T {
    return this.#within('BEGIN IMMEDIATE', body);
  }

  /** Runs `body`, which sees one state of the database from first to last. */
  snapshot<T>(body: () => T): T {
    return this.#within('BEGIN', body);
  }

  #within<T>(begin: string, body: () => T): T {
    this.#database.exec(begin);
    try {
      const result = body();
      this.#database.exec('COMMIT');
      return result;
    } catch (error) {
      this.#database.exec('ROLLBACK');
      throw error;
    }
  }

  entry(path: BackendPath): Entry | undefined {
    const row = this.#sql(`SELECT ${COLUMNS} FROM entries WHERE key = ?`).get(keyOf(path));
    return row && toEntry(row);
  }

  hasChildren(directory: BackendPath): boolean {
    return this.#sql('SELECT 1 FROM entries WHERE parent = ? LIMIT 1').get(keyOf(directory)) !== undefined;
  }

  children(directory: BackendPath, { after, size }: Page): Entry[] {
    return this.#sql(`SELECT ${COLUMNS} FROM entries WHERE parent = ? AND key > ? ORDER BY key LIMIT ?`)
      .all(keyOf(directory), after, size)
      .map(toEntry);
  }

  descendants(directory: BackendPath, { after, size }: Page): Entry[] {
    return this.#sql(`SELECT ${COLUMNS} FROM entries WHERE key > ? AND key < ? ORDER BY key LIMIT ?`)
      .all(after, endOf(directory), size)
      .map(toEntry);
  }

  put({ path, content, version, size, createdAt, modifiedAt }: Entry): void {
    this.#makeParents(path, modifiedAt);
    this.#sql(
      `INSERT OR REPLACE INTO entries (key, parent, content, version, size, created_at, modified_at)
       VALUES (?, ?, ?, ?, ?, ?, ?)`,
    ).run(keyOf(path), keyOf(parentPath(path)), content, version, size, createdAt, modifiedAt);
  }

  /** Forgets an entry; the bytes it had are not touched. */
  forget(path: BackendPath): void {
    this.#sql('DELETE FROM entries WHERE key = ?').run(keyOf(path));
  }

  removeTree(directory: BackendPath): void {
    const range = [startOf(directory), endOf(directory)] as const;
    this.#sql(
      `DELETE FROM blocks WHERE content IN
       (SELECT content FROM entries WHERE key > ? AND key < ? AND content IS NOT NULL)`,
    ).run(...range);
    this.#sql('DELETE FROM entries WHERE key > ? AND key < ?').run(...range);
    this.forget(directory);
  }

  /** A new content, whose blocks belong to no entry yet. */
  stage(): number {
    const { lastInsertRowid } = this.#sql('INSERT INTO staged (since) VALUES (?)').run(Date.now());
    return Number(lastInsertRowid);
  }

  /** Ends the staging: the blocks belong to an entry now. @throws `IO` where it was cleared away as abandoned */
  unstage(content: number): void {
    const { changes } = this.#sql('DELETE FROM staged WHERE content = ?').run(content);
    if (changes === 0) throw backendError('IO', 'The write took longer than a day and was given up');
  }

  discard(content: number): void {
    this.#sql('DELETE FROM staged WHERE content = ?').run(content);
    this.removeBlocks(content);
  }

  /** Clears what writers left behind that began before `time`. */
  discardAbandoned(time: number): void {
    this.#sql('DELETE FROM blocks WHERE content IN (SELECT content FROM staged WHERE since < ?)').run(time);
    this.#sql('DELETE FROM staged WHERE since < ?').run(time);
  }

  addBlock(content: number, start: number, bytes: Uint8Array): void {
    this.#sql('INSERT INTO blocks (content, start, bytes) VALUES (?, ?, ?)').run(content, start, bytes);
  }

  removeBlocks(content: number | null): void {
    this.#sql('DELETE FROM blocks WHERE content = ?').run(content);
  }

  /** Puts the blocks of one content behind those of another, which has `size` bytes. */
  joinBlocks(content: number, added: number, size: number): void {
    this.#sql('UPDATE blocks SET content = ?, start = start + ? WHERE content = ?').run(content, size, added);
  }

  /** The bytes from `offset` to `end`, block by block. */
  *blocks(content: number, offset: number, end: number): Generator<Uint8Array, void, void> {
    const next = this.#sql(
      'SELECT start, bytes FROM blocks WHERE content = ? AND start <= ? ORDER BY start DESC LIMIT 1',
    );
    for (let at = offset; at < end; ) {
      const row = next.get(content, at);
      if (row === undefined) return;
      const bytes = row.bytes as Uint8Array;
      const start = Number(row.start);
      yield bytes.subarray(at - start, end - start);
      at = start + bytes.length;
    }
  }

  #makeParents(path: BackendPath, now: number): void {
    const parent = parentPath(path);
    if (parent === ROOT) return;
    const entry = this.entry(parent);
    if (entry !== undefined && entry.content !== null) throw notDirectory(parent);
    if (entry !== undefined) return;
    this.put({ path: parent, content: null, version: 0, size: 0, createdAt: now, modifiedAt: now });
  }

  #sql(text: string): StatementSync {
    const known = this.#statements.get(text) ?? this.#database.prepare(text);
    this.#statements.set(text, known);
    return known;
  }
}

/** What f9 says of an entry. */
export function infoOf(entry: Entry): FileInfo {
  const isFile = entry.content !== null;
  return new FileInfo({
    path: entry.path,
    fileType: isFile ? 'file' : 'directory',
    createdAt: new Date(entry.createdAt),
    modifiedAt: new Date(entry.modifiedAt),
    ...(isFile ? { size: entry.size, etag: String(entry.version) } : {}),
  });
}

/** The key that all below a directory come behind. */
export function startOf(directory: BackendPath): Uint8Array {
  return directory === ROOT ? new Uint8Array() : Buffer.concat([keyOf(directory), Buffer.of(0)]);
}

/** The key that all below a directory come before: behind "/", which is 0, comes 1, and no UTF-8 has a byte 255. */
function endOf(directory: BackendPath): Uint8Array {
  return directory === ROOT ? Buffer.of(255) : Buffer.concat([keyOf(directory), Buffer.of(1)]);
}

export function keyOf(path: BackendPath): Uint8Array {
  return Buffer.from(path.replaceAll('/', '\0'));
}

function toEntry(row: Readonly<Record<string, SQLOutputValue>>): Entry {
  const { key, content, version, size, createdAt, modifiedAt } = row;
  return {
    path: Buffer.from(key as Uint8Array)
      .toString()
      .replaceAll('\0', '/') as BackendPath,
    content: content === null ? null : Number(content),
    version: Number(version),
    size: Number(size),
    createdAt: Number(createdAt),
    modifiedAt: Number(modifiedAt),
  };
}
