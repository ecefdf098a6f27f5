import type { BackendPath } from '@f9/core/driver';
import type { Statements } from '../database/statements.ts';
import type { Entry } from './entries.ts';

/** A former version of a file. */
export interface KeptVersion {
  readonly version: number;
  /** The content that holds its bytes; `null` where the file was deleted. */
  readonly content: number | null;
  readonly size: number;
  readonly at: number;
}

/** Former versions of files that were changed or deleted. */
export class Versions {
  readonly #statements: Statements;

  constructor(statements: Statements) {
    this.#statements = statements;
  }

  /** Keeps the content of an entry; it belongs to the history from now on. */
  keep({ path, version, content, size, modifiedAt }: Entry): void {
    this.#put(path, { version, content, size, at: modifiedAt });
  }

  keepDeletion(path: BackendPath, version: number): void {
    this.#put(path, { version, content: null, size: 0, at: Date.now() });
  }

  get(path: BackendPath, version: number): KeptVersion | undefined {
    const sql = 'SELECT version, content, size, at FROM versions WHERE path = ? AND version = ?';
    const row = this.#statements.sql(sql).get(path, version);
    return row && toVersion(row);
  }

  /** Versions of a file, newest first. */
  of(path: BackendPath): KeptVersion[] {
    const sql = 'SELECT version, content, size, at FROM versions WHERE path = ? ORDER BY version DESC';
    return this.#statements.sql(sql).all(path).map(toVersion);
  }

  #put(path: BackendPath, { version, content, size, at }: KeptVersion): void {
    const sql = 'INSERT OR REPLACE INTO versions (path, version, content, size, at) VALUES (?, ?, ?, ?, ?)';
    this.#statements.sql(sql).run(path, version, content, size, at);
  }
}

function toVersion(row: Record<string, unknown>): KeptVersion {
  return {
    version: Number(row.version),
    content: row.content === null ? null : Number(row.content),
    size: Number(row.size),
    at: Number(row.at),
  };
}
