import type { FileBackend, FileInfo, OperationOptions } from '@f9/core';
import { textOf } from '../decode.ts';
import { applyEdits, type TextEdit } from './apply-edits.ts';

/** Options of every function that changes a text. */
export interface ChangeTextOptions extends OperationOptions {
  /** Change only the version with this etag, else `PRECONDITION_FAILED`. */
  readonly ifMatch?: string;
  /** Tell the change and write nothing. Default false. */
  readonly dryRun?: boolean;
}

/** The result of a change, made or only told. */
export interface TextChange {
  /** The file after the change; with `dryRun`, or where nothing changes, the file as it is. */
  readonly info: FileInfo;
  /** The change as a unified diff; empty where nothing changes. */
  readonly diff: string;
}

/**
 * Makes all edits, in order, or none. Every byte outside of the replaced text stays: line endings, BOM, trailing white space. It is
 * one `edit` of the vault, so that writes by others meanwhile are not lost.
 * @throws `NO_MATCH`, `AMBIGUOUS` with the lines, `INVALID_TEXT`, `INVALID_ARGUMENT` for an empty search
 */
export function editText(
  vault: FileBackend,
  path: string,
  edits: readonly TextEdit[],
  options: ChangeTextOptions = {},
): Promise<TextChange> {
  return changeText(vault, path, (text) => applyEdits(text, edits, path), options);
}

/** Writes the text that `change` makes of a file's text; it may be called again, with newer text. */
export async function changeText(
  vault: FileBackend,
  path: string,
  change: (text: string) => string | Promise<string>,
  { dryRun = false, ...options }: ChangeTextOptions,
): Promise<TextChange> {
  let [before, after] = ['', ''];
  const changed = async (bytes: Uint8Array): Promise<string | undefined> => {
    before = textOf(bytes, path);
    after = await change(before);
    return dryRun || after === before ? undefined : after;
  };
  const info = await vault.edit(path, changed, options);
  // Loaded here, since callers that only read need no diffs.
  const { unifiedDiff } = await import('./unified-diff.ts');
  return { info, diff: unifiedDiff(path, before, after) };
}
