import type { FileBackend } from '@f9/core';
import { type ChangeTextOptions, changeText, type TextChange } from '../edit/edit-text.ts';
import type { SectionTarget } from './find-section.ts';
import { withFrontmatter } from './frontmatter.ts';
import { onNote } from './on-note.ts';
import { type SectionPatch, withSection } from './patch-section.ts';

/** Options of a change of a note. */
export interface PatchNoteOptions extends ChangeTextOptions {
  /**
   * Milliseconds that it may take to take the note apart, in a thread of its own; more is `INVALID_ARGUMENT`. Default: no limit, in
   * this thread.
   */
  readonly timeLimit?: number;
}

/**
 * Changes one section of a note, and no byte outside of it. Where there is no such section nothing is written.
 * @throws `NO_MATCH` with all headings, `AMBIGUOUS` with the lines, `INVALID_TEXT`, `INVALID_ARGUMENT` for content that would swallow
 * what follows, such as a code fence that is never closed
 */
export function patchSection(
  vault: FileBackend,
  path: string,
  target: SectionTarget,
  patch: SectionPatch,
  { timeLimit, ...options }: PatchNoteOptions = {},
): Promise<TextChange> {
  const change = (text: string): string | Promise<string> =>
    timeLimit === undefined
      ? withSection(text, target, patch, path)
      : onNote('withSection', [text, target, patch, path], { timeLimit, signal: options.signal });
  return changeText(vault, path, change, options);
}

/**
 * Sets keys of a note's frontmatter; `undefined` removes one. Every other key, comment and byte stays as it is. A note without
 * frontmatter gets one.
 * @throws `INVALID_TEXT` where the frontmatter is no YAML map
 */
export function patchFrontmatter(
  vault: FileBackend,
  path: string,
  values: Readonly<Record<string, unknown>>,
  { timeLimit, ...options }: PatchNoteOptions = {},
): Promise<TextChange> {
  const change = (text: string): string | Promise<string> =>
    timeLimit === undefined
      ? withFrontmatter(text, values, path)
      : onNote('withFrontmatter', [text, values, path], { timeLimit, signal: options.signal });
  return changeText(vault, path, change, options);
}
