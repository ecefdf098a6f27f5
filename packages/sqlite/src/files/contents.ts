import { backendError, type ReadRange } from '@f9/core/driver';
import type { Statements } from '../database/statements.ts';

/** Bytes in a row: a file is written and read by blocks, never whole. */
export const BLOCK: number = 256 * 1024;

/** The bytes of files, in blocks. A content only ever grows; a file that is replaced gets a new one. */
export class Contents {
  readonly #statements: Statements;

  constructor(statements: Statements) {
    this.#statements = statements;
  }

  /** Begins a new content whose blocks belong to no entry yet. */
  stage(): number {
    return Number(
      this.#statements.sql('INSERT INTO staged (since) VALUES (?)').run(Date.now()).lastInsertRowid,
    );
  }

  /** Makes a new content that is filled and shown at once. */
  next(): number {
    const content = this.stage();
    this.unstage(content);
    return content;
  }

  /** Ends the staging: the blocks belong to an entry now. @throws `IO` where they were removed as abandoned */
  unstage(content: number): void {
    const { changes } = this.#statements.sql('DELETE FROM staged WHERE content = ?').run(content);
    if (changes === 0) throw backendError('IO', 'The write took longer than a day and was given up');
  }

  discard(content: number): void {
    this.#statements.sql('DELETE FROM staged WHERE content = ?').run(content);
    this.remove(content);
  }

  /** Whether some writer left blocks behind before `time`. */
  hasAbandoned(time: number): boolean {
    return this.#statements.sql('SELECT 1 FROM staged WHERE since < ? LIMIT 1').get(time) !== undefined;
  }

  /** Removes blocks that writers who began before `time` left behind. */
  discardAbandoned(time: number): void {
    this.#statements
      .sql('DELETE FROM blocks WHERE content IN (SELECT content FROM staged WHERE since < ?)')
      .run(time);
    this.#statements.sql('DELETE FROM staged WHERE since < ?').run(time);
  }

  add(content: number, start: number, bytes: Uint8Array): void {
    this.#statements
      .sql('INSERT INTO blocks (content, start, bytes) VALUES (?, ?, ?)')
      .run(content, start, bytes);
  }

  remove(content: number): void {
    this.#statements.sql('DELETE FROM blocks WHERE content = ?').run(content);
  }

  /** Appends the blocks of one content to another, which has `size` bytes. */
  join(content: number, added: number, size: number): void {
    const sql = 'UPDATE blocks SET content = ?, start = start + ? WHERE content = ?';
    this.#statements.sql(sql).run(content, size, added);
  }

  /** Makes a second content with the same bytes. */
  copy(from: number, to: number): void {
    const sql =
      'INSERT INTO blocks (content, start, bytes) SELECT ?, start, bytes FROM blocks WHERE content = ?';
    this.#statements.sql(sql).run(to, from);
  }

  /** Bytes of a content of `size` bytes, block by block. @throws `INTEGRITY` where some are missing */
  *read(
    content: number,
    size: number,
    { offset = 0, length = size }: ReadRange,
  ): Generator<Uint8Array, void, void> {
    const end = Math.min(size, offset + length);
    const next = this.#statements.sql(
      'SELECT start, bytes FROM blocks WHERE content = ? AND start <= ? ORDER BY start DESC LIMIT 1',
    );
    for (let at = offset; at < end; ) {
      const row = next.get(content, at);
      const bytes = row?.bytes as Uint8Array | undefined;
      const start = Number(row?.start);
      if (bytes === undefined || start + bytes.length <= at) {
        throw backendError('INTEGRITY', `The vault is damaged: bytes from ${at} on are missing`);
      }
      yield bytes.subarray(at - start, end - start);
      at = start + bytes.length;
    }
  }
}
