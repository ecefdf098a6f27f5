import { baseName } from '@f9/core/driver';

/** Most bytes of a document that is given to the service, since it is held in memory for that. */
export const MAX_DOCUMENT: number = 32 * 1024 * 1024;

const ZIP = [0x50, 0x4b, 0x03, 0x04];
/** Formats that the service parses by itself, and the first bytes of their files. */
const FORMATS: Readonly<Record<string, readonly number[]>> = {
  pdf: [0x25, 0x50, 0x44, 0x46, 0x2d],
  docx: ZIP,
  pptx: ZIP,
  doc: [0xd0, 0xcf, 0x11, 0xe0],
};

/** The extension under which the service parses a document; `undefined` where name or first bytes say that the file is none. */
export function documentFormat(path: string, first: Uint8Array): string | undefined {
  const extension = /\.(\w+)$/.exec(baseName(path))?.[1]?.toLowerCase();
  if (extension === undefined || !Object.hasOwn(FORMATS, extension)) return undefined;
  return FORMATS[extension]!.every((byte, i) => first[i] === byte) ? extension : undefined;
}
