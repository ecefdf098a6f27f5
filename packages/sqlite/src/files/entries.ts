import type { SQLOutputValue } from 'node:sqlite';
import { FileInfo } from '@f9/core';
import { type BackendPath, notDirectory, parentPath, ROOT } from '@f9/core/driver';
import type { Statements } from '../database/statements.ts';

/** A file or directory. */
export interface Entry {
  readonly path: BackendPath;
  /** The content that holds the bytes; `null` for a directory. */
  readonly content: number | null;
  /** The newest content that went into it; serves as the etag. */
  readonly version: number;
  readonly size: number;
  /** `null` where it is not known. */
  readonly sha256: string | null;
  readonly createdAt: number;
  readonly modifiedAt: number;
}

export type FileEntry = Entry & { readonly content: number };

/** An entry as a listing finds it. */
export interface ListedEntry extends Entry {
  readonly key: Uint8Array;
}

/** The position at which a listing goes on: behind the last key given. */
export interface Page {
  readonly after: Uint8Array;
  readonly size: number;
}

const COLUMNS = 'key, content, version, size, sha256, created_at AS createdAt, modified_at AS modifiedAt';

const SLASH = 0x2f;

/** The tree of files and directories. */
export class Entries {
  readonly #statements: Statements;

  constructor(statements: Statements) {
    this.#statements = statements;
  }

  get(path: BackendPath): Entry | undefined {
    const row = this.#statements.sql(`SELECT ${COLUMNS} FROM entries WHERE key = ?`).get(keyOf(path));
    return row && toEntry(row);
  }

  hasChildren(directory: BackendPath): boolean {
    const sql = 'SELECT 1 FROM entries WHERE parent = ? LIMIT 1';
    return this.#statements.sql(sql).get(keyOf(directory)) !== undefined;
  }

  children(directory: BackendPath, { after, size }: Page): ListedEntry[] {
    const sql = `SELECT ${COLUMNS} FROM entries WHERE parent = ? AND key > ? ORDER BY key LIMIT ?`;
    return this.#statements.sql(sql).all(keyOf(directory), after, size).map(toListedEntry);
  }

  descendants(directory: BackendPath, { after, size }: Page): ListedEntry[] {
    const sql = `SELECT ${COLUMNS} FROM entries WHERE key > ? AND key < ? ORDER BY key LIMIT ?`;
    return this.#statements.sql(sql).all(after, endOf(directory), size).map(toListedEntry);
  }

  /** Files below a directory. */
  files(directory: BackendPath): FileEntry[] {
    const sql = `SELECT ${COLUMNS} FROM entries WHERE key > ? AND key < ? AND content IS NOT NULL`;
    return this.#statements.sql(sql).all(startOf(directory), endOf(directory)).map(toEntry) as FileEntry[];
  }

  /** Puts an entry in, with the parents that it lacks. @throws `NOT_DIRECTORY` where a file is in the way */
  put({ path, content, version, size, sha256, createdAt, modifiedAt }: Entry): void {
    this.#makeParents(path, modifiedAt);
    this.#statements
      .sql(
        `INSERT OR REPLACE INTO entries (key, path, parent, content, version, size, sha256, created_at, modified_at)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      )
      .run(keyOf(path), path, keyOf(parentPath(path)), content, version, size, sha256, createdAt, modifiedAt);
  }

  keepChecksum({ path, version }: Entry, sha256: string): void {
    this.#statements
      .sql('UPDATE entries SET sha256 = ? WHERE key = ? AND version = ?')
      .run(sha256, keyOf(path), version);
  }

  /** Forgets an entry, without touching its bytes. */
  forget(path: BackendPath): void {
    this.#statements.sql('DELETE FROM entries WHERE key = ?').run(keyOf(path));
  }

  forgetTree(directory: BackendPath): void {
    this.#statements
      .sql('DELETE FROM entries WHERE key > ? AND key < ?')
      .run(startOf(directory), endOf(directory));
    this.forget(directory);
  }

  /** Some of the files that the search index does not hold in their present version; costs nothing where there are none. */
  notIndexed(limit: number): FileEntry[] {
    const sql = `SELECT ${COLUMNS} FROM entries WHERE content IS NOT NULL AND indexed IS NOT version LIMIT ?`;
    return this.#statements.sql(sql).all(limit).map(toEntry) as FileEntry[];
  }

  keepIndexed(path: BackendPath): void {
    this.#statements.sql('UPDATE entries SET indexed = version WHERE key = ?').run(keyOf(path));
  }

  /** Notes that the search index holds nothing any more. */
  forgetIndexed(): void {
    this.#statements.sql('UPDATE entries SET indexed = NULL WHERE indexed IS NOT NULL').run();
  }

  #makeParents(path: BackendPath, now: number): void {
    const parent = parentPath(path);
    if (parent === ROOT) return;
    const entry = this.get(parent);
    if (entry !== undefined && entry.content !== null) throw notDirectory(parent);
    if (entry !== undefined) return;
    this.put({
      path: parent,
      content: null,
      version: 0,
      size: 0,
      sha256: null,
      createdAt: now,
      modifiedAt: now,
    });
  }
}

/** The `FileInfo` of an entry. */
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

/** The key before everything below a directory. */
export function startOf(directory: BackendPath): Uint8Array {
  return directory === ROOT ? new Uint8Array() : Buffer.concat([keyOf(directory), Buffer.of(0)]);
}

/** The key after everything below a directory: 1 follows 0, which stands for "/", and no UTF-8 has a byte 255. */
function endOf(directory: BackendPath): Uint8Array {
  return directory === ROOT ? Buffer.of(255) : Buffer.concat([keyOf(directory), Buffer.of(1)]);
}

export function keyOf(path: BackendPath): Uint8Array {
  return Buffer.from(path.replaceAll('/', '\0'));
}

/** Whether an entry is found by its path. In a file that somebody else made a key may be no UTF-8, or hold a "/". */
export function isFoundByPath({ path, key }: ListedEntry): boolean {
  return key.length === Buffer.byteLength(path) && !key.includes(SLASH);
}

function toListedEntry(row: Readonly<Record<string, SQLOutputValue>>): ListedEntry {
  return { ...toEntry(row), key: row.key as Uint8Array };
}

function toEntry(row: Readonly<Record<string, SQLOutputValue>>): Entry {
  const { key, content, version, size, sha256, createdAt, modifiedAt } = row;
  return {
    path: Buffer.from(key as Uint8Array)
      .toString()
      .replaceAll('\0', '/') as BackendPath,
    content: content === null ? null : Number(content),
    version: Number(version),
    size: Number(size),
    sha256: sha256 === null ? null : String(sha256),
    createdAt: Number(createdAt),
    modifiedAt: Number(modifiedAt),
  };
}
