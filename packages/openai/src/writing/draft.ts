import type { FileEntry, PieceEntry } from '../entries/entry.ts';
import { newWriteId } from '../entries/upload-name.ts';

/** All that one write has put into the service, so that it can be taken back whatever answers were lost. */
export class Draft {
  readonly writeId: string = newWriteId();
  readonly begun: number = Date.now();
  /** Of every upload that was begun. */
  readonly names: string[] = [];
  /** Of every upload whose answer came. */
  readonly fileIds: string[] = [];
  readonly pieces: PieceEntry[] = [];
  /** Whether a File may be there twice. */
  isDoubtful = false;
  hasBlob = false;
}

/** A file that is in the service but for its place in the vault. */
export type PreparedFile = Pick<FileEntry, 'fileId' | 'writeId' | 'size' | 'sha256' | 'hasText' | 'bytes'>;
