import { hash } from 'node:crypto';
import { type BackendPath, parentPath } from '@f9/core/driver';
import type { Attributes } from '../service/service.ts';
import type { BytesForm, Entry } from './entry.ts';

// How entries are written into the attributes of a file in a vector store: 16 keys, strings of up to 512 characters.

const MAX_KEYS = 16;
const MAX_VALUE = 512;

/** The key that marks a File as f9's; its value tells what search may find in it. */
export const MARK = 'f9';
/** Values of the mark for Files that search may find: the head of a text file, and further passages of it. */
export const TEXT_MARKS = ['text', 'passage'] as const;

/** Keys that every file needs: f9, directory, size, modifiedAt, version, content, check. */
const FIXED_KEYS = 7;

/** Most bytes in attributes, where the path takes one key. */
export const MAX_INLINE_BYTES: number = ((MAX_KEYS - FIXED_KEYS - 1) * MAX_VALUE * 3) / 4;

/** Whether the attributes hold all of an entry. */
export function fitsAttributes(entry: Entry): boolean {
  return Object.keys(encodeEntry(entry)).length <= MAX_KEYS;
}

/** Characters of base64 that fit into the attributes of the file at `path`; the longest path takes four keys. */
export function inlineCapacity(path: BackendPath): number {
  return (MAX_KEYS - FIXED_KEYS - split(path).length) * MAX_VALUE;
}

/** The value of `directory`, by which search looks below a path; long ones are hashed. */
export function directoryValue(directory: string): string {
  if (directory === '') return '/';
  return directory.length <= MAX_VALUE ? directory : `sha256:${hash('sha256', directory)}`;
}

export function encodeEntry(entry: Entry): Attributes {
  const attributes = describe(entry);
  return { ...attributes, check: checkOf(attributes) };
}

function describe(entry: Entry): Attributes {
  switch (entry.kind) {
    case 'file':
      return {
        [MARK]: entry.hasText ? 'text' : 'binary',
        ...numbered('path', split(entry.path)),
        directory: directoryValue(parentPath(entry.path)),
        size: entry.size,
        modifiedAt: entry.modifiedAt,
        version: [
          entry.generation.toString(36),
          entry.writeId,
          ...(entry.gap === undefined ? [] : [entry.gap]),
        ].join(' '),
        content: withTags(
          [entry.sha256, entry.createdAt.toString(36), ...formFields(entry.bytes)].join(' '),
          entry.tags,
        ),
        ...(entry.bytes.form === 'inline' ? numbered('data', split(entry.bytes.data)) : {}),
      };
    case 'directory':
      return {
        [MARK]: 'directory',
        ...numbered('path', split(entry.path)),
        modifiedAt: entry.createdAt,
        version: `${entry.generation.toString(36)} ${entry.writeId}`,
      };
    case 'part':
      return {
        [MARK]: 'part',
        version: `${entry.number} ${entry.writeId}`,
        content: [entry.sha256, entry.codec, entry.size, entry.carried].join(' '),
      };
    case 'passage':
      return {
        [MARK]: 'passage',
        version: `${entry.number} ${entry.writeId}`,
        directory: entry.directory,
      };
  }
}

/** Whether `kept` holds all that was given; it may hold more. */
export function isKept(given: Attributes, kept: Attributes | null | undefined): boolean {
  return Object.entries(given).every(([key, value]) => kept?.[key] === value);
}

function formFields(bytes: BytesForm): (string | number)[] {
  if (bytes.form === 'inline') return [bytes.form, bytes.codec];
  if (bytes.form === 'carrier') return [bytes.form, bytes.partSize];
  return bytes.listSha256 === undefined ? [bytes.form] : [bytes.form, bytes.listSha256];
}

/** Stands for tags that are not told. */
const UNTOLD = '[...]';

/** Tags follow the other fields as a list in JSON, as far as the value has room for it; no other field begins with a bracket. */
function withTags(fields: string, tags: readonly string[] | undefined): string {
  if (tags?.length === 0) return fields;
  const told = tags && `${fields} ${JSON.stringify(tags)}`;
  return told !== undefined && told.length <= MAX_VALUE ? told : `${fields} ${UNTOLD}`;
}

/** What `withTags` has put together; `undefined` where it has not. */
export function splitTags(
  content: string,
): { readonly fields: string; readonly tags: readonly string[] | undefined } | undefined {
  const begin = content.indexOf(' [');
  if (begin < 0) return { fields: content, tags: [] };
  const [fields, list] = [content.slice(0, begin), content.slice(begin + 1)];
  if (list === UNTOLD) return { fields, tags: undefined };
  try {
    const tags: unknown = JSON.parse(list);
    const areTags = Array.isArray(tags) && tags.every((tag) => typeof tag === 'string');
    return areTags ? { fields, tags } : undefined;
  } catch {
    return undefined;
  }
}

/** Hex digits of the checksum of all attributes; that of the path follows them. */
const CHECK_DIGITS = 16;

/** Checksums of all other attributes, by which a change of one is noticed, and of the path alone, which tells where damage is. */
function checkOf(attributes: Attributes): string {
  const sorted = Object.entries(attributes).sort(([a], [b]) => (a < b ? -1 : 1));
  return (
    hash('sha256', JSON.stringify(sorted)).slice(0, CHECK_DIGITS) + pathCheckOf(joined(attributes, 'path'))
  );
}

function pathCheckOf(path: string): string {
  return hash('sha256', path).slice(0, 8);
}

/** Whether the path is the one that was written, even if other attributes are damaged. */
export function isPathIntact(attributes: Attributes): boolean {
  return String(attributes.check).slice(CHECK_DIGITS) === pathCheckOf(joined(attributes, 'path'));
}

/** `path`, `path2`, `path3` … */
function numbered(key: string, values: readonly string[]): Attributes {
  return Object.fromEntries(values.map((value, i) => [i === 0 ? key : `${key}${i + 1}`, value]));
}

/** The text that `numbered` has split. */
export function joined(attributes: Attributes, key: string): string {
  let text = '';
  for (let i = 1; ; i++) {
    const value = attributes[i === 1 ? key : `${key}${i}`];
    if (value === undefined) return text;
    text += value;
  }
}

/** Pieces that fit into one value each, never cutting a surrogate pair. */
function split(text: string): string[] {
  const pieces: string[] = [];
  for (let start = 0; start < text.length; ) {
    let end = Math.min(start + MAX_VALUE, text.length);
    if (end < text.length && /[\uD800-\uDBFF]/.test(text[end - 1]!)) end--;
    pieces.push(text.slice(start, end));
    start = end;
  }
  return pieces;
}
