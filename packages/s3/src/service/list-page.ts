import { compareBytes } from '@f9/core/driver';
import { parseAnswer } from './xml.ts';

/** An object as a listing names it. */
export interface ListedObject {
  readonly key: string;
  readonly size: number;
  readonly modifiedAt: Date | undefined;
  /** The etag, without quotes. */
  readonly etag: string;
}

/** A page of a listing: objects and common beginnings of several keys, each sorted by its bytes. */
export interface ListPage {
  readonly objects: readonly ListedObject[];
  readonly commonPrefixes: readonly string[];
  /** The token that asks for the next page; `undefined` on the last. */
  readonly next: string | undefined;
}

/**
 * The page in an answer; `undefined` where there is none, where it was cut off, or where it is not the one asked for: a server that
 * does not know `start-after` begins at the beginning.
 */
export function listPageOf(xml: string, prefix: string, after: string | undefined): ListPage | undefined {
  const answer = parseAnswer(xml);
  if (answer?.name !== 'ListBucketResult') return undefined;
  const isEncoded = answer.text('EncodingType') === 'url';
  const decode = (text: string | undefined): string => (isEncoded ? decodeKey(text ?? '') : (text ?? ''));
  const objects = answer.all('Contents').map((item) => ({
    key: decode(item.text('Key')),
    size: Number(item.text('Size') ?? Number.NaN),
    modifiedAt: wholeSecond(item.text('LastModified')),
    etag: (item.text('ETag') ?? '').replaceAll('"', ''),
  }));
  const commonPrefixes = answer.all('CommonPrefixes').map((item) => decode(item.text('Prefix')));
  const isAsked = (key: string): boolean =>
    key.startsWith(prefix) && (after === undefined || compareBytes(key, after) > 0);
  if (!objects.every(({ key, size }) => isAsked(key) && Number.isFinite(size))) return undefined;
  if (!commonPrefixes.every((each) => each.startsWith(prefix))) return undefined;
  const next = answer.text('NextContinuationToken') ?? '';
  switch (answer.text('IsTruncated')) {
    case 'false':
      return { objects, commonPrefixes, next: undefined };
    case 'true':
      return next === '' || objects.length + commonPrefixes.length === 0
        ? undefined
        : { objects, commonPrefixes, next };
    default:
      return undefined;
  }
}

/** Whether a page goes on after the one before: a server that does not know its own token begins at the beginning, without end. */
export function isNext(page: ListPage, previous: ListPage | undefined): boolean {
  if (previous === undefined) return true;
  const [last] = namesOf(previous, -1).sort(compareBytes).reverse();
  return last === undefined || namesOf(page, 0).every((name) => compareBytes(name, last) > 0);
}

/** The names at one end of a page, of an object and of a common beginning. */
function namesOf({ objects, commonPrefixes }: ListPage, at: number): string[] {
  return [objects.at(at)?.key, commonPrefixes.at(at)].filter((name) => name !== undefined);
}

/** The time to the second, as the headers of an object give it, so that both agree. */
function wholeSecond(text: string | undefined): Date | undefined {
  const time = Date.parse(text ?? '');
  return Number.isNaN(time) ? undefined : new Date(Math.floor(time / 1000) * 1000);
}

function decodeKey(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return text;
  }
}
