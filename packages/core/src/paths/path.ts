import { Buffer } from 'node:buffer';
import { backendError } from '../errors.ts';

declare const normalised: unique symbol;

/** A path as drivers get it: relative, `/` between segments, no `.` or `..`; `''` is the root. */
export type BackendPath = string & { readonly [normalised]: true };

/** The path of the root. */
export const ROOT: BackendPath = '' as BackendPath;

/** Bytes of UTF-8 in one name, the limit that filesystems share. */
const MAX_NAME_BYTES = 255;
/** Bytes of UTF-8 in a path: as much again is left for where a vault lies, before filesystems end at 4,096. */
export const MAX_PATH_BYTES = 2048;

// Most paths: ASCII, no leading dots, nothing to resolve.
const PLAIN = /^[\w-][\w .-]*(?:\/[\w-][\w .-]*)*$/;
// Paths that need a closer look: a separator or NUL in a name, nothing or dots alone for one, a beginning like that of f9's own state.
const SUSPECT = /[\0\\]|(?:^|\/)\.{0,2}(?:\/|$)|^[.f\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]/i;

/**
 * Resolves what a caller typed against the root of the vault, by name alone.
 *
 * @throws `INVALID_ARGUMENT` not a string; `INVALID_PATH` NUL, lone surrogate, a name over 255 bytes, a path over 2,048, or `.f9` at the
 * root; `PATH_OUTSIDE_ROOT`.
 */
export function normalizePath(path: string): BackendPath {
  if (typeof path !== 'string') {
    throw backendError(
      'INVALID_ARGUMENT',
      `A path must be a string, not ${path === null ? 'null' : typeof path}`,
    );
  }
  if (path.length <= MAX_NAME_BYTES && PLAIN.test(path)) return path as BackendPath;
  if (path.includes('\0')) throw invalid(path, 'it holds a NUL character');
  if (!path.isWellFormed()) throw invalid(path, 'it holds half of a surrogate pair, which no file name can');

  const segments: string[] = [];
  for (const segment of path.split(/[/\\]/)) {
    if (segment === '' || segment === '.') continue;
    if (segment === '..') {
      if (segments.pop() === undefined) {
        throw backendError(
          'PATH_OUTSIDE_ROOT',
          `${quote(path)} leads out of the vault; stay below its root`,
          { path },
        );
      }
      continue;
    }
    if (segment.length > MAX_NAME_BYTES / 3 && Buffer.byteLength(segment) > MAX_NAME_BYTES) {
      throw invalid(
        path,
        `the name ${quote(`${segment.slice(0, 20)}…`)} is longer than ${MAX_NAME_BYTES} bytes`,
      );
    }
    segments.push(segment);
  }
  if (segments[0] !== undefined && isReservedName(segments[0])) {
    throw invalid(path, `"${segments[0]}" at the root is where f9 keeps its own state`);
  }
  const normal = segments.join('/');
  if (isTooLong(normal)) throw invalid(path, `it is longer than ${MAX_PATH_BYTES} bytes`);
  return normal as BackendPath;
}

/** Whether `path`, whose names are all valid, is too long to be asked for: over 2,048 bytes. */
export function isTooLong(path: string): boolean {
  return path.length > MAX_PATH_BYTES / 3 && Buffer.byteLength(path) > MAX_PATH_BYTES;
}

/** Whether a path that a store gives is one: whoever reads it can ask for it. */
export function isNameable(path: string): path is BackendPath {
  if (path.length <= MAX_NAME_BYTES / 3 && !SUSPECT.test(path) && path.isWellFormed()) return true;
  try {
    return path !== ROOT && normalizePath(path) === path;
  } catch {
    return false;
  }
}

/** Checks a path that was put together. @throws `INVALID_PATH` where nobody could name it */
export function assertNotTooLong(path: BackendPath): BackendPath {
  if (isTooLong(path)) throw invalid(path, `it is longer than ${MAX_PATH_BYTES} bytes`);
  return path;
}

/** Whether a path as a caller typed it can only be a directory: it ends in a separator, `.` or `..`, or is the root. */
export function saysDirectory(path: string): boolean {
  const last = path[path.length - 1];
  if (last !== '/' && last !== '\\' && last !== '.' && last !== undefined) return false;
  return /(?:^|[\\/])\.{0,2}$/.test(path);
}

// Code points that HFS+ leaves out of names when it compares them.
const IGNORED = /[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]/g;

/**
 * Whether some filesystem takes `name` for `reserved`, a name that begins with a dot: in any case, with what HFS+ ignores, by its short
 * name on NTFS (`F9~1`), with dots and spaces that Windows drops at the end, as a stream after a colon.
 */
export function isSpellingOf(name: string, reserved: string): boolean {
  const plain = name
    .replace(IGNORED, '')
    .replace(/[. ]*(?::.*)?$/s, '')
    .toLowerCase();
  const short = reserved.slice(1).toLowerCase();
  return (
    plain === `.${short}` || (plain.startsWith(`${short}~`) && /^\d+$/.test(plain.slice(short.length + 1)))
  );
}

/** Whether a name at the root is where f9 keeps its own state: `.f9`, in every spelling that some filesystem takes for it. */
export function isReservedName(name: string): boolean {
  return isSpellingOf(name, '.f9');
}

/** The directory that `path` lies in; the root for what lies at the root, and for the root itself. */
export function parentPath(path: BackendPath): BackendPath {
  return path.slice(0, Math.max(0, path.lastIndexOf('/'))) as BackendPath;
}

/** The last name of a path. */
export function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** The path of `name` in `directory`; `name` may be a path, and empty. */
export function joinPath(directory: BackendPath, name: string): BackendPath {
  return (directory === '' ? name : name === '' ? directory : `${directory}/${name}`) as BackendPath;
}

/** Whether `path` is `directory` or lies below it. */
export function isWithin(path: string, directory: string): boolean {
  return directory === '' || path === directory || path.startsWith(`${directory}/`);
}

/** Names that `path` has below `directory`. */
export function depthBelow(directory: BackendPath, path: BackendPath): number {
  let depth = 1;
  for (let at = directory.length + 1; at < path.length; at++) if (path[at] === '/') depth++;
  return depth;
}

/** Order of the UTF-8 bytes. JavaScript's own differs from it where surrogates meet U+E000 to U+FFFF. */
export function compareBytes(a: string, b: string): number {
  const shared = Math.min(a.length, b.length);
  for (let i = 0; i < shared; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x !== y) return rank(x) - rank(y);
  }
  return a.length - b.length;
}

/** Sorts in place by the UTF-8 bytes, by JavaScript's own order where that is the same and several times faster. */
export function sortByBytes(texts: string[]): string[] {
  return texts.some((text) => /[\ud800-\uffff]/.test(text)) ? texts.sort(compareBytes) : texts.sort();
}

/** Order of a tree walked in pre-order with siblings by UTF-8 bytes. */
export function compareTreeOrder(a: string, b: string): number {
  const shared = Math.min(a.length, b.length);
  for (let i = 0; i < shared; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x !== y) return (x === SLASH ? -1 : rank(x)) - (y === SLASH ? -1 : rank(y));
  }
  return a.length - b.length;
}

const SLASH = 0x2f;

function rank(unit: number): number {
  if (unit < 0xd800) return unit;
  return unit < 0xe000 ? unit + 0x2000 : unit - 0x800;
}

function invalid(path: string, why: string): Error {
  const shown = path.length > MAX_NAME_BYTES ? `${path.slice(0, MAX_NAME_BYTES)}…` : path;
  return backendError('INVALID_PATH', `${quote(shown)} cannot be a path: ${why}`, { path });
}

function quote(text: string): string {
  return JSON.stringify(text);
}
