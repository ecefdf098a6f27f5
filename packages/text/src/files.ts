/** Text of files: edits, lines, grep. All of it is in `@f9/text` too, which also loads the parsers for notes and diffs. */

export { textOf } from './decode.ts';
export type { TextEdit } from './edit/apply-edits.ts';
export { applyEdits } from './edit/apply-edits.ts';
export type { ChangeTextOptions, TextChange } from './edit/edit-text.ts';
export { editText } from './edit/edit-text.ts';
export type { GrepMatch, GrepOptions, GrepResult } from './grep/grep.ts';
export { grep } from './grep/grep.ts';
export type { Lines, ReadLinesOptions } from './lines/read-lines.ts';
export { readLines } from './lines/read-lines.ts';
export type { LastLines, TailLinesOptions } from './lines/tail-lines.ts';
export { tailLines } from './lines/tail-lines.ts';
