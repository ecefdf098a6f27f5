import type { MemoryToolHandlers } from '@anthropic-ai/sdk/helpers/beta/memory';
import { type ErrorCode, type FileBackend, isFileBackendError } from '@f9/core';
import { applyEdits, textOf } from '@f9/text/files';
import { type GuardOptions, guardVault } from '../guard-vault.ts';
import { directoryView, numberedFile, numberedLines } from './views.ts';

/**
 * Handlers of Anthropic's memory tool over a vault, whose root is `/memories`: `betaMemoryTool(memoryHandlers(vault))`. Their answers
 * are those of the SDK's own local tool; failures are thrown, as the SDK wants it.
 */
export function memoryHandlers(given: FileBackend, options: GuardOptions = {}): MemoryToolHandlers {
  const vault = guardVault(given, options);
  /** Changes a text in one step, so that writes by others meanwhile stay. */
  const edit = async (path: string, change: (text: string) => string): Promise<void> => {
    const at = inside(path);
    const notFile = `The path ${path} is not a file.`;
    if (at === '') throw new Error(notFile);
    const work = vault.edit(at, (bytes) => change(textOf(bytes, path)));
    await saying(work, { NOT_FOUND: missing(path), IS_DIRECTORY: notFile });
  };
  return {
    view: async ({ path, view_range: range }) => {
      const at = inside(path);
      const isDir = at === '' || (await saying(vault.info(at), { NOT_FOUND: missing(path) })).isDir;
      if (isDir) return await directoryView(vault, at, path);
      return numberedFile(textOf(await vault.read(at), path), path, range);
    },
    create: async ({ path, file_text: data }) => {
      await saying(vault.create(inside(path), { data }), { ALREADY_EXISTS: `File ${path} already exists` });
      return `File created successfully at: ${path}`;
    },
    str_replace: async ({ path, old_str: search, new_str: replace = '' }) => {
      let snippet = '';
      await edit(path, (text) => {
        const line = lineOf(text, search, path);
        const after = applyEdits(text, [{ search, replace }], path);
        snippet = numberedLines(after, Math.max(1, line - 2), line + 2);
        return after;
      });
      return `The memory file has been edited. Here is the snippet showing the change (with line numbers):\n${snippet}`;
    },
    insert: async ({ path, insert_line: line, insert_text: inserted }) => {
      await edit(path, (text) => {
        const lines = text.split('\n');
        if (line < 0 || line > lines.length) {
          throw new Error(
            `Invalid \`insert_line\` parameter: ${line}. It should be within the range of lines of the file: [0, ${lines.length}]`,
          );
        }
        const ending = (lines[line - 1] ?? lines[line])?.endsWith('\r') === true ? '\r' : '';
        const added = unix(inserted).replace(/\n$/, '').split('\n');
        return lines.toSpliced(line, 0, ...added.map((each) => each + ending)).join('\n');
      });
      return `The file ${path} has been edited.`;
    },
    delete: async ({ path }) => {
      const at = inside(path);
      if (at === '') throw new Error('Cannot delete the /memories directory itself');
      await saying(vault.delete(at, { recursive: true }), { NOT_FOUND: `The path ${path} does not exist` });
      return `Successfully deleted ${path}`;
    },
    rename: async ({ old_path: from, new_path: to }) => {
      if (inside(from) === '') throw new Error('Cannot rename the /memories directory itself');
      await saying(vault.move(inside(from), inside(to)), {
        NOT_FOUND: `The path ${from} does not exist`,
        ALREADY_EXISTS: `The destination ${to} already exists`,
      });
      return `Successfully renamed ${from} to ${to}`;
    },
  };
}

/** The vault's path for a path below `/memories`. */
function inside(path: string): string {
  if (!/^\/memories(?:\/|$)/.test(path)) throw new Error(`Path must start with /memories, got: ${path}`);
  return path.replace(/^\/memories\/*|\/+$/g, '');
}

function missing(path: string): string {
  return `The path ${path} does not exist. Please provide a valid path.`;
}

/** Runs `work`, with errors in the words that models were trained on. */
async function saying<T>(work: Promise<T>, words: Partial<Record<ErrorCode, string>>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    const said = isFileBackendError(error) ? words[error.code] : undefined;
    throw said === undefined ? error : new Error(said, { cause: error });
  }
}

/** The line of the only occurrence, from 1; CRLF and LF are the same. */
function lineOf(text: string, search: string, path: string): number {
  const [stored, wanted] = [unix(text), unix(search)];
  const lines: number[] = [];
  for (let at = stored.indexOf(wanted); at !== -1 && wanted !== ''; at = stored.indexOf(wanted, at + 1))
    lines.push(stored.slice(0, at).split('\n').length);
  if (lines.length === 1) return lines[0]!;
  const found =
    lines.length === 0
      ? `No replacement was performed, old_str \`${search}\` did not appear verbatim in ${path}.`
      : `No replacement was performed. Multiple occurrences of old_str \`${search}\` in lines: ${[...new Set(lines)].join(', ')}. Please ensure it is unique`;
  throw new Error(found);
}

function unix(text: string): string {
  return text.replaceAll('\r\n', '\n');
}
