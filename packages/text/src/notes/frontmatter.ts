import { isDeepStrictEqual } from 'node:util';
import { backendError } from '@f9/core/driver';
import {
  type Document,
  isMap,
  isNode,
  isScalar,
  type Pair,
  parse,
  parseDocument,
  type Scalar,
  stringify,
  type YAMLMap,
} from 'yaml';
import { LineEndings } from '../edit/line-endings.ts';
import { parseNote } from './parse.ts';

/** Most characters of frontmatter, which is taken apart in one go. */
const LARGEST = 256 * 1024;

/** The YAML block at the very start of a note. Offsets are UTF-16 units, ends exclusive. */
export interface Frontmatter {
  /** The data in the YAML; empty where the block is empty. */
  readonly data: Readonly<Record<string, unknown>>;
  /** Start of the block, at its first `---`. */
  readonly start: number;
  /** Start of the YAML, behind the line of the first `---`. */
  readonly yamlStart: number;
  /** End of the YAML. */
  readonly yamlEnd: number;
  /** Start of the line after the block. */
  readonly end: number;
}

/** The frontmatter of a note; `undefined` where it has none. @throws `INVALID_TEXT` where it is no YAML map */
export function frontmatter(text: string, path = ''): Frontmatter | undefined {
  const block = blockOf(text, path);
  if (block === undefined) return undefined;
  const { document, ...range } = block;
  if (mapOf(document, path) === undefined) return { ...range, data: {} };
  const data = dataOf(document);
  if (data === undefined) throw invalid(path, 'it refers to an anchor that is not there, or to too many');
  return { ...range, data };
}

/** `text` with keys of its frontmatter set; see `patchFrontmatter`. */
export function withFrontmatter(text: string, values: Readonly<Record<string, unknown>>, path = ''): string {
  return Object.entries(values).reduce((patched, [key, value]) => withKey(patched, key, value, path), text);
}

function withKey(text: string, key: string, value: unknown, path: string): string {
  const patched = splicedKey(text, key, value, path);
  assertOnlyKeyChanged(text, patched, key, value, path);
  return patched;
}

function splicedKey(text: string, key: string, value: unknown, path: string): string {
  const line = value === undefined ? '' : stringify({ [key]: value }, { lineWidth: 0 });
  const block = blockOf(text, path);
  if (block === undefined) {
    const start = text.startsWith('\ufeff') ? 1 : 0;
    return line === '' ? text : splice(text, start, start, `---\n${line}---\n`, start);
  }
  const { yamlStart, yamlEnd } = block;
  const yaml = text.slice(yamlStart, yamlEnd);
  const pair = pairOf(mapOf(block.document, path), key, yaml);
  if (pair === undefined) return splice(text, yamlEnd, yamlEnd, line, block.start);
  const isOneLine = line.indexOf('\n') === line.length - 1;
  // The rest of a value's line is a comment, which stays beside a new value of one line.
  if (isOneLine && yaml[pair.valueEnd - 1] !== '\n' && line !== '') {
    return splice(text, yamlStart + pair.start, yamlStart + pair.valueEnd, line.slice(0, -1), block.start);
  }
  return splice(text, yamlStart + pair.start, yamlStart + pair.lineEnd, line, block.start);
}

/** Replaces a range by `inserted`, with the line endings found at `like`. */
function splice(text: string, start: number, end: number, inserted: string, like: number): string {
  return text.slice(0, start) + new LineEndings(text).fitted(inserted, like) + text.slice(end);
}

function blockOf(
  text: string,
  path: string,
): (Omit<Frontmatter, 'data'> & { readonly document: Document }) | undefined {
  const head = headOf(text, path);
  if (head === undefined) return undefined;
  const { root, shift } = parseNote(head);
  const [node] = root.children;
  if (node?.type !== 'yaml') return undefined;
  const start = node.position!.start.offset! + shift;
  const fenceEnd = node.position!.end.offset! + shift;
  const yamlStart = text.indexOf('\n', start) + 1;
  const yamlEnd = text.lastIndexOf('\n', fenceEnd - 1) + 1;
  const afterFence = text.indexOf('\n', fenceEnd);
  return {
    document: documentOf(text.slice(yamlStart, yamlEnd), path),
    start,
    yamlStart,
    yamlEnd,
    end: afterFence === -1 ? text.length : afterFence + 1,
  };
}

/** The note down to the end of what may be its frontmatter: the rest cannot change that, and takes the parser long. */
function headOf(text: string, path: string): string | undefined {
  if (!/^\ufeff?---/.test(text)) return undefined;
  const closing = /(?:\n|\r)---[ \t]*(?=[\r\n]|$)/.exec(text);
  if (closing === null) return undefined;
  const end = closing.index + closing[0].length;
  if (end > LARGEST) throw invalid(path, `it is longer than ${LARGEST} characters`);
  return text.slice(0, end);
}

function documentOf(yaml: string, path: string): Document {
  try {
    return parseDocument(yaml);
  } catch (error) {
    if (error instanceof RangeError) throw invalid(path, 'it is nested too deeply');
    throw error;
  }
}

/** The data in the YAML; `undefined` where aliases lead nowhere, or to more than fits in memory. */
function dataOf(document: Document): Record<string, unknown> | undefined {
  try {
    return document.toJS() ?? {};
  } catch (error) {
    if (error instanceof ReferenceError) return undefined;
    throw error;
  }
}

function invalid(path: string, why: string): Error {
  return backendError(
    'INVALID_TEXT',
    `The frontmatter of ${JSON.stringify(path)} is not valid YAML: ${why}`,
    {
      path,
    },
  );
}

/** The map that the document holds; `undefined` where it is empty. */
function mapOf(document: Document, path: string): YAMLMap | undefined {
  const [problem] = document.errors;
  if (problem !== undefined) {
    throw invalid(path, problem.message.split('\n')[0]!);
  }
  const { contents } = document;
  if (contents === null || (isScalar(contents) && contents.value === null)) return undefined;
  if (isMap(contents) && contents.flow !== true) return contents;
  throw backendError(
    'INVALID_TEXT',
    `The frontmatter of ${JSON.stringify(path)} is not a list of keys, one a line; edit it as text`,
    { path },
  );
}

/** Offsets of a pair's key and value in the YAML, and of the end of their last line, break included. */
interface PairRange {
  readonly start: number;
  readonly valueEnd: number;
  readonly lineEnd: number;
}

function pairOf(map: YAMLMap | undefined, key: string, yaml: string): PairRange | undefined {
  const pair = map?.items.find((item: Pair) => isScalar(item.key) && String(item.key.value) === key);
  if (pair === undefined) return undefined;
  const [start, , keyEnd] = (pair.key as Scalar).range!;
  const [, valueEnd] = isNode(pair.value) ? pair.value.range! : [keyEnd, keyEnd];
  const next = yaml[valueEnd - 1] === '\n' ? valueEnd : yaml.indexOf('\n', valueEnd) + 1;
  return { start, valueEnd, lineEnd: next === 0 ? yaml.length : next };
}

/** Changes nothing where anchors, odd indentation or the like would give the replacement another meaning. */
function assertOnlyKeyChanged(
  before: string,
  after: string,
  key: string,
  value: unknown,
  path: string,
): void {
  const { [key]: _, ...others } = frontmatter(before, path)?.data ?? {};
  const expected = value === undefined ? others : { ...others, [key]: parse(stringify(value)) };
  const document = blockOf(after, path)?.document;
  const actual = document === undefined || document.errors.length > 0 ? undefined : dataOf(document);
  if (isDeepStrictEqual(actual, expected)) return;
  if (document === undefined && Object.keys(expected).length === 0) return;
  throw backendError(
    'INVALID_ARGUMENT',
    `${JSON.stringify(key)} cannot be changed without touching other keys of the frontmatter of ${JSON.stringify(path)}; edit it as text`,
    { path },
  );
}
