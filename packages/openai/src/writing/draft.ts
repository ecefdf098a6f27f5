import type { FileEntry, PieceEntry } from '../entries/entry.ts';
import { newWriteId } from '../entries/upload-name.ts';

/** Everything that one write has put into the service, so that it can be taken back even if answers were lost. */
export class Draft {
  readonly writeId: string;
  /** The time at the beginning, by the service's clock. */
  readonly begun: number;
  /** Every upload that was begun, by its name, with the id of the File once the answer came. */
  readonly uploads: Map<string, string | undefined> = new Map();
  readonly pieces: PieceEntry[] = [];
  /** File ids of content that the service would not process, and that the write goes on without. */
  readonly refused: string[] = [];
  /** The File of a head without content for search, if there is one. */
  bareId: string | undefined;
  /** The checksum of the head's content for search. */
  headSum: string | undefined;
  /** Checksums of content that the service would not process. */
  readonly refusedSums: string[] = [];
  /** Whether a File may exist twice. */
  isDoubtful = false;
  hasBlob = false;

  /** @param now milliseconds since 1970 by the service's clock */
  constructor(now: number) {
    this.begun = now;
    this.writeId = newWriteId(now);
  }

  get names(): string[] {
    return [...this.uploads.keys()];
  }

  /** Ids of the Files whose upload was answered. */
  get fileIds(): string[] {
    return [...this.uploads.values()].filter((fileId) => fileId !== undefined);
  }
}

/** A file that is complete in the service, except for its place in the vault. */
export type PreparedFile = Pick<
  FileEntry,
  'fileId' | 'writeId' | 'size' | 'sha256' | 'hasText' | 'gap' | 'tags' | 'bytes'
>;
