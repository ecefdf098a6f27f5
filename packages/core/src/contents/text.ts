import { backendError } from '../errors.ts';

/** Decodes UTF-8 across chunk borders; nothing is replaced silently, a BOM is kept. */
export class StrictTextDecoder {
  readonly #decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  /** The text that `bytes` complete. @throws `INVALID_TEXT` */
  decode(bytes: Uint8Array): string {
    return this.#run(() => this.#decoder.decode(bytes, { stream: true }));
  }

  /** @throws `INVALID_TEXT` where the bytes ended inside a character. */
  end(): void {
    this.#run(() => this.#decoder.decode());
  }

  #run<T>(body: () => T): T {
    try {
      return body();
    } catch (cause) {
      throw invalidText(this.#path, cause);
    }
  }
}

const whole = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** UTF-8, decoded strictly; a BOM is kept. @throws `INVALID_TEXT`, `INVALID_ARGUMENT` where it is too long for a string */
export function decodeText(bytes: Uint8Array, path: string): string {
  try {
    return whole.decode(bytes);
  } catch (cause) {
    throw invalidText(path, cause);
  }
}

function invalidText(path: string, cause: unknown): Error {
  const quoted = JSON.stringify(path);
  if ((cause as { code?: unknown }).code === 'ERR_STRING_TOO_LONG') {
    return backendError('INVALID_ARGUMENT', `${quoted} is too long for one string; use streamRead`, { path });
  }
  return backendError('INVALID_TEXT', `${quoted} is not valid UTF-8; read it as bytes (binary: true)`, {
    path,
    cause,
  });
}

/** The encoding that the first bytes of a file tell: by BOM, else UTF-8 if they are valid and hold no NUL, else `'binary'`. */
export function detectEncoding(sample: Uint8Array): string {
  const [a, b, c] = sample;
  if (a === 0xef && b === 0xbb && c === 0xbf) return 'utf-8';
  if (a === 0xff && b === 0xfe) return 'utf-16le';
  if (a === 0xfe && b === 0xff) return 'utf-16be';
  if (sample.includes(0)) return 'binary';
  try {
    // A sample may end inside a character: `stream` leaves that open.
    new TextDecoder('utf-8', { fatal: true }).decode(sample, { stream: true });
    return 'utf-8';
  } catch {
    return 'binary';
  }
}
