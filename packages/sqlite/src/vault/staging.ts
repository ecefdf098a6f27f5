import {
  type BackendPath,
  type ByteSource,
  chunksOf,
  concatBytes,
  createHasher,
  type DriverOptions,
  regroup,
} from '@f9/core/driver';
import type { PreparedDocument } from '@f9/search';
import { BLOCK } from '../files/contents.ts';
import type { VaultFile } from './vault-file.ts';

/** Most bytes of a text that the write itself indexes; longer ones are left to the next search, so that no writer waits. */
const INDEXED_AT_ONCE = 1024 * 1024;

/** Blocks that a writer has put into the database before anybody sees them. */
export interface Staged {
  readonly content: number;
  readonly size: number;
  readonly sha256: string;
}

/** A source that was read, ready to be shown. */
export interface StagedFile {
  /** The content that holds its blocks already; `undefined` for a single block that is not in the database yet. */
  readonly content: number | undefined;
  readonly only: Uint8Array | undefined;
  readonly size: number;
  readonly sha256: string;
  /** Its part of the search index; `undefined` where it is too long to be indexed at once. */
  readonly document: PreparedDocument | undefined;
}

/** Files on their way into a vault. */
export class Staging {
  readonly #vault: VaultFile;

  constructor(vault: VaultFile) {
    this.#vault = vault;
  }

  /** Reads the source. What exceeds a block goes into the database bit by bit, seen by nobody. */
  async stage(path: BackendPath, source: ByteSource, { signal }: DriverOptions): Promise<StagedFile> {
    const { contents } = this.#vault;
    const hasher = await createHasher('sha256');
    const kept: Uint8Array[] = [];
    let content: number | undefined;
    let size = 0;
    try {
      for await (const chunk of regroup(chunksOf(source), BLOCK)) {
        signal?.throwIfAborted();
        if (size > 0) {
          const before = content === undefined ? kept[0] : undefined;
          const [own, at] = [content, size];
          content = await this.#vault.write(signal, () => {
            const staged = own ?? contents.stage();
            if (before !== undefined) contents.add(staged, 0, before);
            contents.add(staged, at, chunk);
            return staged;
          });
        }
        hasher.update(chunk);
        size += chunk.length;
        if (size <= INDEXED_AT_ONCE) kept.push(chunk);
      }
      const bytes = size <= INDEXED_AT_ONCE ? concatBytes(kept) : undefined;
      const document = bytes && this.#vault.document(path, size, bytes);
      return {
        content,
        only: size > 0 && content === undefined ? kept[0] : undefined,
        size,
        sha256: hasher.digest(),
        document,
      };
    } catch (error) {
      if (content !== undefined) await this.discard({ content });
      throw error;
    }
  }

  /** Shows a staged file; called in the transaction of its entry. */
  show<T>(
    { content: staged, only, size, sha256, document }: StagedFile,
    show: (staged: Staged, document: PreparedDocument | undefined) => T,
  ): T {
    const { contents } = this.#vault;
    const content = staged ?? contents.next();
    if (staged !== undefined) contents.unstage(content);
    else if (only !== undefined) contents.add(content, 0, only);
    return show({ content, size, sha256 }, document && versioned(document, content));
  }

  async discard({ content }: Pick<StagedFile, 'content'>): Promise<void> {
    if (content !== undefined)
      await this.#vault.write(undefined, () => this.#vault.contents.discard(content));
  }
}

/** A document with the number of its content, which was not known when it was taken apart. */
function versioned(prepared: PreparedDocument, content: number): PreparedDocument {
  return { ...prepared, document: { ...prepared.document, version: String(content) } };
}
