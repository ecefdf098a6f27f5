import { TextDecoder } from 'node:util';

// Search gets text as strings, whatever the encoding of the file.

/** Bytes within which a file declares its encoding. */
const PREAMBLE = 1024;
/** Most bytes of a UTF-8 character that can follow a cut. */
const MAX_CUT = 3;

/** Reads a file as text, piece by piece, in the encoding that its beginning tells. */
export class TextReader {
  readonly #encoding: string;
  #decoder: TextDecoder | undefined;
  #hasBegun = false;

  /** @param first the beginning of the file */
  constructor(first: Uint8Array) {
    this.#encoding = encodingOf(first);
  }

  /** The text of the next piece, without half a character at its ends; `undefined` where the piece is no text. */
  read(piece: Uint8Array): string | undefined {
    const isCut = this.#hasBegun && this.#decoder === undefined && this.#encoding === 'utf-8';
    this.#hasBegun = true;
    this.#decoder ??= new TextDecoder(this.#encoding, { fatal: true });
    try {
      const text = this.#decoder.decode(isCut ? afterCut(piece) : piece, { stream: true });
      if (!text.includes('\0')) return text;
    } catch {
      // The next piece may be text again.
    }
    this.#decoder = undefined;
    return undefined;
  }
}

/** A piece without the rest of a character at its beginning, since the piece before it was no text. */
function afterCut(piece: Uint8Array): Uint8Array {
  let start = 0;
  while (start < MAX_CUT && (piece[start]! & 0xc0) === 0x80) start++;
  return piece.subarray(start);
}

/** The encoding by its byte order mark; else as declared, unless the bytes are UTF-8 beyond ASCII; else UTF-8. */
function encodingOf(first: Uint8Array): string {
  if (first[0] === 0xff && first[1] === 0xfe) return 'utf-16le';
  if (first[0] === 0xfe && first[1] === 0xff) return 'utf-16be';
  const declared = declaredEncoding(first);
  return declared === undefined || isUtf8BeyondAscii(first) ? 'utf-8' : declared;
}

const DECLARATIONS = [
  // XML
  /^<\?xml\b[^>]*\bencoding\s*=\s*["']([\w.:-]+)["']/,
  // HTML
  /<meta\b[^>]*\bcharset\s*=\s*["']?([\w.:-]+)/i,
  // CSS
  /^@charset "([\w.:-]+)";/,
  // Python, Ruby, Emacs, Vim: in a comment of the first two lines
  /^(?:.*\n)?[^\S\n]*(?:#|\/\/|\/\*|;|%|--|<!--).*?coding[:=]\s*([\w.-]+)/,
];

/** The name that the web has for an encoding of Python or Emacs. */
function webName(label: string): string {
  return label
    .toLowerCase()
    .replaceAll('_', '-')
    .replace(/-(?:unix|dos|mac)$/, '')
    .replace(/^latin-/, 'latin');
}

/** The encoding that a text names in one of the ways of its kind, if `TextDecoder` knows it. */
function declaredEncoding(first: Uint8Array): string | undefined {
  const preamble = Buffer.from(first.subarray(0, PREAMBLE)).toString('latin1');
  for (const declaration of DECLARATIONS) {
    const label = declaration.exec(preamble)?.[1];
    if (label === undefined) continue;
    try {
      const { encoding } = new TextDecoder(webName(label));
      // A declaration that can be read byte by byte is not in UTF-16.
      return encoding.startsWith('utf-16') ? undefined : encoding;
    } catch {
      return undefined;
    }
  }
  return undefined;
}

function isUtf8BeyondAscii(first: Uint8Array): boolean {
  if (first.every((byte) => byte < 0x80)) return false;
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(first, { stream: true });
    return true;
  } catch {
    return false;
  }
}
