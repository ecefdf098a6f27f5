import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { CompareVaultsOptions, FileBackend } from '@f9/core';
import { normalizePath } from '@f9/core/driver';
import { type Command, Option } from 'commander';
import { UsageError } from '../terminal/errors.ts';
import type { Io } from '../terminal/io.ts';
import { collect, moment } from '../terminal/option-values.ts';
import { entriesAt, withDetails } from '../vaults/entries.ts';

/** Options that select the files of a mirror or a check. */
export interface SelectionOptions {
  readonly glob?: readonly string[];
  readonly ignore?: readonly string[];
  readonly filterFrom?: string;
  readonly filesFrom?: string;
  readonly newerThan?: Date;
  readonly compare: NonNullable<CompareVaultsOptions['compare']>;
  /** False with `--no-ignore`. */
  readonly ignoreFiles: boolean;
}

export function addSelectionOptions(command: Command): Command {
  return command
    .option('-g, --glob <pattern>', 'only files that match; can be given again', collect)
    .option('-i, --ignore <pattern>', 'leave alone what matches, on both sides; can be given again', collect)
    .option(
      '--filter-from <file>',
      'patterns, one a line: "- *.tmp" as --ignore, "+ **/*.md" as --glob, "#" a comment',
    )
    .option('--files-from <file>', 'only these files: paths, one a line; "-" is standard input')
    .option('--newer-than <when>', 'only files that changed since: a date, or 7d, 12h', moment)
    .option(
      '--no-ignore, --no-ignore-files',
      'also what .f9ignore leaves out, and .gitignore where the source is a repository',
    )
    .addOption(
      new Option('-c, --compare <how>', 'what makes two files the same')
        .choices(['checksum', 'etag', 'size'])
        .default('checksum'),
    );
}

type Selected = Pick<CompareVaultsOptions, 'glob' | 'ignore' | 'ignoreFiles' | 'filter' | 'compare'>;

/** The options in core's form, for one source. @throws `UsageError` for a file that cannot be read, or has a line without meaning */
export async function selectionOf(
  options: SelectionOptions,
  io: Io,
): Promise<(source: FileBackend) => Promise<Selected>> {
  const { filterFrom, filesFrom, newerThan, compare, ignoreFiles } = options;
  const patterns = filterFrom === undefined ? [] : parsePatterns(await readLines(filterFrom, io), filterFrom);
  const signed = (wanted: '+' | '-'): string[] =>
    patterns.flatMap(([sign, text]) => (sign === wanted ? [text] : []));
  const glob = [...(options.glob ?? []), ...signed('+')];
  const only =
    filesFrom === undefined
      ? undefined
      : new Set<string>((await readLines(filesFrom, io)).map(normalizePath));
  return async (source) => {
    const newer = newerThan === undefined ? undefined : await changedSince(source, newerThan, io);
    const isWanted = (path: string): boolean => only?.has(path) !== false && newer?.has(path) !== false;
    return {
      compare,
      ignore: [...(options.ignore ?? []), ...signed('-')],
      ...(glob.length === 0 ? {} : { glob }),
      ...(ignoreFiles ? {} : { ignoreFiles: [] }),
      ...(only === undefined && newer === undefined ? {} : { filter: ({ path }) => isWanted(path) }),
    };
  };
}

/** Files changed since a time; one whose time is not known is taken for one. */
async function changedSince(backend: FileBackend, since: Date, { signal }: Io): Promise<Set<string>> {
  const changed = new Set<string>();
  const entries = entriesAt({ backend, path: '/' }, { recursive: true, signal });
  for await (const { info } of withDetails({ backend }, entries, { signal })) {
    const { path, isDir, modifiedAt } = info;
    if (!isDir && (modifiedAt === undefined || modifiedAt >= since)) changed.add(path);
  }
  return changed;
}

async function readLines(file: string, { stdin, cwd }: Io): Promise<string[]> {
  let text: string;
  try {
    text =
      file === '-'
        ? Buffer.concat(await Array.fromAsync(stdin, (chunk) => Buffer.from(chunk))).toString()
        : await readFile(resolve(cwd, file), 'utf8');
  } catch (error) {
    throw new UsageError(`${file} cannot be read (${(error as NodeJS.ErrnoException).code})`);
  }
  return text.split(/\r?\n/).filter((line) => line !== '');
}

function parsePatterns(lines: readonly string[], file: string): ['+' | '-', string][] {
  return lines
    .filter((line) => !line.startsWith('#') && line.trim() !== '')
    .map((line) => {
      const [, sign, pattern] = /^([+-]) +(.+)$/.exec(line) ?? [];
      if (pattern !== undefined) return [sign as '+' | '-', pattern.trim()];
      throw new UsageError(`${file}: a line is "- PATTERN" or "+ PATTERN", not ${JSON.stringify(line)}`);
    });
}
