import { backendError } from '@f9/core/driver';
import { LineCounter, occurrences } from './find.ts';
import { LineEndings } from './line-endings.ts';

/** One replacement. `search` matches CRLF and LF alike; inserted text gets the line endings of its surroundings. */
export interface TextEdit {
  /** The text to look for. */
  readonly search: string;
  /** The text to put in its place. */
  readonly replace: string;
  /** Replace every occurrence. Default false: there must be exactly one. */
  readonly all?: boolean | undefined;
}

/** Most lines that a message names; more would not help to tell the places apart. */
const LINES_NAMED = 10;
/** Most matches that are counted to refuse an edit. */
const MOST_COUNTED = 10_000;
/** Pieces that are joined at a time: a string that was made of millions is as many objects. */
const PIECES = 4096;

/**
 * `text` after all edits, each made on the result of the one before.
 * @throws `NO_MATCH`, `AMBIGUOUS` with the lines, `INVALID_ARGUMENT` for an empty search or half a character
 */
export function applyEdits(text: string, edits: readonly TextEdit[], path: string): string {
  let edited = text;
  for (const [index, edit] of edits.entries()) edited = applyEdit(edited, edit, path, nameOf(index, edits));
  return edited;
}

function applyEdit(text: string, edit: TextEdit, path: string, name: string): string {
  const { search, replace, all = false } = edit;
  checkEdit(edit, path, name);
  const overlapping = occurrences(text, search, { overlapping: true });
  const first = overlapping.next().value;
  if (first === undefined) throw noMatch(text, search, path, name);
  if (!all && overlapping.next().done !== true) throw ambiguous(text, search, path, name);

  const endings = new LineEndings(text);
  let result = '';
  let pieces: string[] = [];
  let from = 0;
  for (const { start, end } of all ? occurrences(text, search, { overlapping: false }) : [first]) {
    pieces.push(text.slice(from, start), endings.fitted(replace, start));
    from = end;
    if (pieces.length < PIECES) continue;
    result += pieces.join('');
    pieces = [];
  }
  return result + pieces.join('') + text.slice(from);
}

function checkEdit({ search, replace }: TextEdit, path: string, name: string): void {
  if (typeof search !== 'string' || typeof replace !== 'string') {
    throw backendError('INVALID_ARGUMENT', `${name}: search and replace must be strings`, { path });
  }
  if (search === '') {
    throw backendError(
      'INVALID_ARGUMENT',
      `${name}: the search text is empty; give the text to replace, with enough around it to be found once`,
      { path },
    );
  }
  if (!search.isWellFormed() || !replace.isWellFormed()) {
    throw backendError('INVALID_ARGUMENT', `${name}: half of a surrogate pair is not text`, { path });
  }
}

function noMatch(text: string, search: string, path: string, name: string): Error {
  const near = lineThatDiffersInSpace(text, search);
  const hint =
    near === undefined
      ? 'read the file again and give the text exactly as it stands there'
      : `line ${near} differs only in white space; give it exactly as it stands there`;
  return backendError('NO_MATCH', `${name}: the text is not in ${JSON.stringify(path)}; ${hint}`, { path });
}

function ambiguous(text: string, search: string, path: string, name: string): Error {
  const counter = new LineCounter(text);
  const lines = new Set<number>();
  let count = 0;
  for (const { start } of occurrences(text, search, { overlapping: true })) {
    if (++count > MOST_COUNTED) break;
    if (lines.size <= LINES_NAMED) lines.add(counter.lineAt(start));
  }
  const times = count > MOST_COUNTED ? `more than ${MOST_COUNTED}` : count;
  const named = [...lines].slice(0, LINES_NAMED).join(', ') + (lines.size > LINES_NAMED ? ', …' : '');
  const where = `${lines.size === 1 ? 'line' : 'lines'} ${named}`;
  return backendError(
    'AMBIGUOUS',
    `${name}: the text stands ${times} times in ${JSON.stringify(path)} (${where}); give more of what is around it, or all: true`,
    { path },
  );
}

/** The first line of the text that `search` would match if every run of white space were the same. */
function lineThatDiffersInSpace(text: string, search: string): number | undefined {
  const wanted = search.trim().replaceAll(/\s+/g, ' ');
  if (wanted === '') return undefined;
  const at = text.replaceAll(/\s+/g, ' ').indexOf(wanted);
  if (at === -1) return undefined;
  let shortened = 0;
  for (const { index, 0: run } of text.matchAll(/\s+/g)) {
    if (index - shortened >= at) break;
    shortened += run.length - 1;
  }
  return new LineCounter(text).lineAt(at + shortened);
}

function nameOf(index: number, edits: readonly TextEdit[]): string {
  return edits.length === 1 ? 'The edit' : `Edit ${index + 1} of ${edits.length}`;
}
