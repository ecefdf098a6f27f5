import { inflateSync } from 'node:zlib';
import { strFromU8, unzipSync } from 'fflate';

// The formats as far as a test needs them: the words, in order, of documents from common programs.

const PARSERS: Readonly<Record<string, (bytes: Uint8Array) => string>> = {
  docx: (bytes) => ofOffice(bytes, /^word\/document\.xml$/),
  pptx: (bytes) => ofOffice(bytes, /^ppt\/slides\/slide\d+\.xml$/),
  pdf: ofPdf,
};

/** The text of a document; `undefined` where it is no document or cannot be read. */
export function documentText(extension: string, bytes: Uint8Array): string | undefined {
  try {
    const text = PARSERS[extension]?.(bytes);
    return text === undefined || text.trim() === '' ? undefined : text;
  } catch {
    return undefined;
  }
}

function ofOffice(bytes: Uint8Array, part: RegExp): string {
  const files = unzipSync(bytes, { filter: ({ name }) => part.test(name) });
  const texts = Object.keys(files)
    .sort()
    .map((name) => strFromU8(files[name]!));
  return texts.map((xml) => xml.replace(/<\/[aw]:p>/g, '\n').replace(/<[^>]*>/g, '')).join('\n');
}

/** The strings that the page streams of a PDF show. */
function ofPdf(bytes: Uint8Array): string {
  const source = Buffer.from(bytes).toString('latin1');
  if (!source.startsWith('%PDF-')) return '';
  const words: string[] = [];
  for (const [, dictionary, data] of source.matchAll(/<<(.*?)>>\s*stream\r?\n(.*?)\r?\nendstream/gs)) {
    const raw = Buffer.from(data!, 'latin1');
    const stream = dictionary!.includes('/FlateDecode') ? inflateSync(raw).toString('latin1') : data!;
    for (const [, shown] of stream.matchAll(/\(((?:[^\\()]|\\.)*)\)\s*Tj/g)) {
      words.push(shown!.replace(/\\(.)/g, '$1'));
    }
  }
  return words.join('\n');
}
