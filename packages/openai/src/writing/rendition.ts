import type { TextReader } from '../bytes/text-reader.ts';
import type { Gap } from '../entries/entry.ts';

/** The content of a head, for search. */
export interface Rendition {
  readonly content: string | Uint8Array<ArrayBuffer>;
  /** The extension by which the service chooses a parser. */
  readonly extension: string;
}

/** The beginning of a file, and whether that is all of it. */
export interface Start {
  readonly held: readonly Uint8Array<ArrayBuffer>[];
  readonly isWhole: boolean;
}

/** Reads on until there is nothing more, or more than `limit` bytes are held. */
export async function readUpTo(
  limit: number,
  first: Uint8Array<ArrayBuffer>,
  rest: AsyncIterator<Uint8Array<ArrayBuffer>, undefined>,
): Promise<Start> {
  const held = [first];
  for (let size = first.length; size <= limit; ) {
    const { value } = await rest.next();
    if (value === undefined) return { held, isWhole: true };
    held.push(value);
    size += value.length;
  }
  return { held, isWhole: false };
}

/** The content for search: a document as it is, if all of it is there; the first piece of a text; `undefined` for anything else. */
export function renditionOf({ held, isWhole }: Start, how: string | TextReader): Rendition | undefined {
  if (typeof how === 'string') {
    return isWhole ? { content: Buffer.concat(held), extension: how } : undefined;
  }
  const content = how.read(held[0]!);
  return content === undefined ? undefined : { content, extension: 'txt' };
}

/** Whether the content holds no word. */
export function isBlank(content: Rendition['content']): boolean {
  return typeof content === 'string' && content.trim() === '';
}

/** Keeps track of the pieces of a file that search does not get. */
export class TextGaps {
  #hasText = false;
  #hasBinary = false;
  #isRefused = false;

  /** @param content of the next piece; `undefined` where it has none */
  add(content: Rendition['content'] | undefined): void {
    if (content === undefined) this.#hasBinary = true;
    else this.#hasText = true;
  }

  /** Notes that the service will not process the content that was added. */
  refused(): void {
    this.#isRefused = true;
  }

  get gap(): Gap | undefined {
    if (this.#isRefused) return 'refused';
    return this.#hasText && this.#hasBinary ? 'binary' : undefined;
  }
}
