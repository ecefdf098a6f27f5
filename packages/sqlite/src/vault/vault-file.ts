import { statSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { mediaType } from '@f9/core';
import { type BackendPath, backendError, concatBytes } from '@f9/core/driver';
import { Analyzer, type PreparedDocument, SqliteIndexStore, textOfFile, whenFree } from '@f9/search';
import { openSnapshot } from '../database/open-database.ts';
import { Statements } from '../database/statements.ts';
import { explained } from '../errors.ts';
import { Contents } from '../files/contents.ts';
import { Entries } from '../files/entries.ts';
import { Versions } from '../files/versions.ts';
import { DEFAULT_BUSY_TIMEOUT, type SqliteFileBackendOptions } from '../options.ts';
import { Lease } from '../sessions/lease.ts';

/** Most bytes of a text that is indexed; larger files are found only by name. */
export const LARGEST_TEXT: number = 16 * 1024 * 1024;
/** Milliseconds after which staged blocks cannot belong to a writer that is still at work. */
const ABANDONED_AFTER = 24 * 60 * 60 * 1000;
/** Files of one transaction while an index is filled, since others wait for it. */
const BATCH = 100;

/** The open file: its tables, its index and its session. */
export class VaultFile {
  readonly path: string;
  readonly statements: Statements;
  readonly entries: Entries;
  readonly contents: Contents;
  readonly versions: Versions;
  readonly index: SqliteIndexStore;
  readonly analyzer: Analyzer;
  readonly lease: Lease;
  readonly #database: DatabaseSync;
  readonly #busyTimeout: number;
  readonly #identity: string | undefined;

  constructor(database: DatabaseSync, path: string, options: SqliteFileBackendOptions) {
    this.path = path;
    this.#identity = identityOf(path);
    this.#busyTimeout = options.busyTimeout ?? DEFAULT_BUSY_TIMEOUT;
    this.#database = database;
    this.statements = new Statements(this.#database);
    this.entries = new Entries(this.statements);
    this.contents = new Contents(this.statements);
    this.versions = new Versions(this.statements);
    this.lease = new Lease(this.#database, (signal, body) => this.write(signal, body));
    this.analyzer = new Analyzer(options.stemmer);
    this.index = new SqliteIndexStore(this.#database, {
      analyzer: this.analyzer,
      embedderId: options.embedder?.id,
      onMade: () => this.entries.forgetIndexed(),
    });
    const abandoned = Date.now() - ABANDONED_AFTER;
    // Opening waits for no writer, unless there is something to remove.
    if (this.contents.hasAbandoned(abandoned))
      this.statements.transaction(() => this.contents.discardAbandoned(abandoned));
  }

  get database(): DatabaseSync {
    return this.#database;
  }

  /** Changes the vault, all or nothing; waits for other writers in turns of the event loop. @throws `BUSY`, `NOT_FOUND` */
  write<T>(signal: AbortSignal | undefined, body: () => T): Promise<T> {
    const change = (): T => {
      const result = body();
      // Last, so that what is committed is seen by whoever opens the file.
      this.assertThere();
      return result;
    };
    return whenFree(() => this.statements.transaction(change), {
      timeout: this.#busyTimeout,
      signal,
      what: 'The vault',
    });
  }

  /** @throws `NOT_FOUND` where the file was deleted, or another took its place: its connection would go on with what nobody else sees */
  assertThere(): void {
    if (identityOf(this.path) === this.#identity) return;
    throw backendError(
      'NOT_FOUND',
      'The file of the vault was deleted or replaced while the vault was open; close it, and open what is there now',
    );
  }

  /** The search index's part of a file, made before the transaction that shows the file. */
  document(path: BackendPath, size: number, bytes: Uint8Array): PreparedDocument {
    return this.index.prepare({
      path,
      version: '',
      text: textOfFile(bytes),
      attributes: { size, modifiedAt: Date.now(), mediaType: mediaType(path) },
    });
  }

  /** Indexes an entry's present content; belongs in the transaction that read it or put it in. */
  putIndexed(document: PreparedDocument): void {
    this.index.putPrepared(document);
    this.entries.keepIndexed(document.document.path as BackendPath);
  }

  /** Indexes what no write could: long texts, appends, moved files, and everything in a new index. @returns whether there is more */
  async catchUp(signal: AbortSignal | undefined): Promise<boolean> {
    const missing = explained(() => this.entries.notIndexed(BATCH));
    if (missing.length === 0) return false;
    const documents = explained(() => missing.flatMap(({ path }) => this.#documentOf(path) ?? []));
    await this.write(signal, () => {
      for (const document of documents) {
        // The file changed meanwhile: the next look indexes the new content.
        const { path, version } = document.document;
        if (String(this.entries.get(path as BackendPath)?.version) === version) this.putIndexed(document);
      }
    });
    return true;
  }

  /** A connection of its own that goes on showing the vault as it is now. */
  snapshot(): Pick<VaultFile, 'entries' | 'contents' | 'versions' | 'close'> {
    this.assertThere();
    const database = openSnapshot(this.path);
    const statements = new Statements(database);
    return {
      entries: new Entries(statements),
      contents: new Contents(statements),
      versions: new Versions(statements),
      close: () => database.close(),
    };
  }

  close(): void {
    this.#database.close();
  }

  /** The present content of a file, taken apart; `undefined` where the file is gone. */
  #documentOf(path: BackendPath): PreparedDocument | undefined {
    // Entry and bytes are read at one moment, since another process may replace the file in between.
    const found = this.statements.reading(() => {
      const entry = this.entries.get(path);
      if (entry === undefined || entry.content === null) return undefined;
      const { content, size } = entry;
      const isText = size <= LARGEST_TEXT;
      return { entry, bytes: isText ? concatBytes([...this.contents.read(content, size, {})]) : undefined };
    });
    if (found === undefined) return undefined;
    const { version, size, modifiedAt } = found.entry;
    return this.index.prepare({
      path,
      version: String(version),
      text: found.bytes && textOfFile(found.bytes),
      attributes: { size, modifiedAt, mediaType: mediaType(path) },
    });
  }
}

/** What tells a file from another that takes its path; `undefined` where there is none. */
function identityOf(path: string): string | undefined {
  const stats = statSync(path, { bigint: true, throwIfNoEntry: false });
  return stats && `${stats.dev}:${stats.ino}`;
}
