import { backendError } from '@f9/core/driver';
import { escapeRegExp } from '../escape-reg-exp.ts';
import { lineAt, type Occurrence, occurrences } from './find.ts';
import { withEndingsOf } from './line-endings.ts';

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
  const found = [...occurrences(text, search)];
  if (found.length === 0) throw noMatch(text, search, path, name);
  if (found.length > 1 && !all) throw ambiguous(text, found, path, name);

  let result = '';
  let from = 0;
  for (const { start, end } of found) {
    if (start < from) continue; // The match overlaps the one that was just replaced.
    result += text.slice(from, start) + withEndingsOf(text, start, end, replace);
    from = end;
  }
  return result + text.slice(from);
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

function ambiguous(text: string, found: readonly Occurrence[], path: string, name: string): Error {
  const lines = [...new Set(found.map(({ start }) => lineAt(text, start)))];
  const named = lines.slice(0, LINES_NAMED).join(', ') + (lines.length > LINES_NAMED ? ', …' : '');
  const where = `${lines.length === 1 ? 'line' : 'lines'} ${named}`;
  return backendError(
    'AMBIGUOUS',
    `${name}: the text stands ${found.length} times in ${JSON.stringify(path)} (${where}); give more of what is around it, or all: true`,
    { path },
  );
}

/** The first line of the text that `search` would match if every run of white space were the same. */
function lineThatDiffersInSpace(text: string, search: string): number | undefined {
  const words = search.trim().split(/\s+/);
  if (words[0] === '') return undefined;
  const loose = new RegExp(words.map(escapeRegExp).join('\\s+'));
  const found = loose.exec(text);
  return found === null ? undefined : lineAt(text, found.index);
}

function nameOf(index: number, edits: readonly TextEdit[]): string {
  return edits.length === 1 ? 'The edit' : `Edit ${index + 1} of ${edits.length}`;
}
