// Opens, in another process, a subdirectory of a store as a vault of its own.
import type { FileBackend } from '@f9/core';
import { viewOf } from './in-subdirectory.ts';

interface Part {
  /** The module that opens the whole store. */
  readonly url: string;
  readonly data: unknown;
  readonly path: string;
}

export default async function openInSubdirectory({ url, data, path }: Part): Promise<FileBackend> {
  const { default: open } = (await import(url)) as {
    default(data: unknown): FileBackend | Promise<FileBackend>;
  };
  return viewOf(await open(data), path);
}
