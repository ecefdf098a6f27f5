import type OpenAI from 'openai';
import type { StoredFile } from './stored-files.ts';

/** A file that arrives in parts. */
export interface StoredUpload {
  readonly id: string;
  readonly createdAt: number;
  readonly bytes: number;
  readonly filename: string;
  readonly purpose: OpenAI.FilePurpose;
  readonly expiresAfter: number | undefined;
  readonly parts: Map<string, Buffer>;
  status: 'pending' | 'completed' | 'cancelled';
  file?: StoredFile;
}
