import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { isFileBackendError } from '@f9/core';
import { type BackendPath, backendError, bytesOf, parentPath, ROOT } from '@f9/core/driver';
import { type Clone, hostPath, lookAt } from '../clone/clone.ts';
import { hasErrno } from '../errors.ts';
import type { GitRunOptions } from '../process/git-process.ts';

// A vault reads and writes exactly the bytes in the history; `.git/info/attributes` says so to git. Two kinds of attributes count all
// the same. `text` and `eol` say that the history holds LF, so that another clone would show every other file as changed; `filter`
// and `working-tree-encoding` say that the history does not hold the file itself.

/** The attributes of a path that count. */
interface PathAttributes {
  /** Explicitly text: `text`, or an `eol`. A file that git only guesses to be text (`text=auto`) keeps its bytes. */
  readonly isText: boolean;
  /** `filter=lfs`, for example: git does not keep the file itself. */
  readonly conversion: string | undefined;
}

const ASKED = ['text', 'eol', 'filter', 'working-tree-encoding'] as const;
const WORDS = /\b(text|eol|filter|working-tree-encoding)\b/;

/** @throws `UNSUPPORTED` for a file that the repository keeps in another form */
export async function assertKeptAsIs(clone: Clone, path: BackendPath, options: GitRunOptions): Promise<void> {
  const { conversion } = (await attributesOf(clone, [path], options)).get(path) ?? {};
  if (conversion === undefined) return;
  throw backendError(
    'UNSUPPORTED',
    `${JSON.stringify(path)} cannot be written: .gitattributes say ${conversion}, so that the repository keeps something else in its ` +
      'place (for Git LFS a pointer), which f9 cannot make; write it with git, or take the attribute away',
    { path },
  );
}

/** Gives text files the line ends of the history; gives those of the changed paths that are kept in another form. */
export async function applyAttributes(
  clone: Clone,
  paths: readonly BackendPath[],
  options: GitRunOptions,
): Promise<ReadonlySet<string>> {
  const converted = new Set<string>();
  for (const [path, { isText, conversion }] of await attributesOf(clone, paths, options)) {
    if (conversion !== undefined) converted.add(path);
    else if (isText) await useLf(clone, path as BackendPath);
  }
  return converted;
}

/** Gives a text file the line ends of the history. A file that is no text, whatever its attributes say, stays as it is. */
async function useLf({ files }: Clone, path: BackendPath): Promise<void> {
  const info = await files.stat(path, {});
  if (info?.fileType !== 'file' || info.etag === undefined) return;
  const bytes = Buffer.from(await bytesOf(files.read(path, {})));
  if (!bytes.includes('\r\n') || bytes.includes(0)) return;
  const text = Buffer.from(bytes.toString('latin1').replaceAll('\r\n', '\n'), 'latin1');
  try {
    await files.write(path, text, { ifExists: 'replace', ifMissing: 'fail', ifMatch: info.etag });
  } catch (error) {
    // Somebody wrote the file meanwhile: the next commit takes care of it.
    if (!isFileBackendError(error, 'PRECONDITION_FAILED') && !isFileBackendError(error, 'NOT_FOUND'))
      throw error;
  }
}

async function attributesOf(
  clone: Clone,
  paths: readonly BackendPath[],
  options: GitRunOptions,
): Promise<Map<string, PathAttributes>> {
  const known = new Map<BackendPath, boolean>();
  const asked = paths.filter(
    (path) => lookAt(clone, path)?.isDirectory() !== true && isMentioned(clone, path, known),
  );
  if (asked.length === 0) return new Map();
  const output = await clone.git.run(['check-attr', '-z', '--stdin', ...ASKED], {
    ...options,
    environment: { GIT_DIR: plainRepository(clone) },
    input: asked.join('\0'),
  });
  const fields = output.toString().split('\0');
  const found = new Map<string, Map<string, string>>();
  for (let index = 0; index + 2 < fields.length; index += 3) {
    const values = found.get(fields[index]!) ?? new Map<string, string>();
    found.set(fields[index]!, values.set(fields[index + 1]!, fields[index + 2]!));
  }
  return new Map([...found].map(([path, values]) => [path, readAttributes(values)]));
}

function readAttributes(values: ReadonlyMap<string, string>): PathAttributes {
  const assigned = (name: string): string | undefined => {
    const value = values.get(name);
    return value === 'unspecified' || value === 'unset' || value === 'set' ? undefined : value;
  };
  const conversions = ['filter', 'working-tree-encoding'].flatMap((name) => {
    const value = assigned(name);
    return value === undefined || /^utf-?8$/i.test(value) ? [] : [`${name}=${value}`];
  });
  const text = values.get('text');
  return {
    isText: text === 'set' || (text !== 'unset' && text !== 'auto' && assigned('eol') !== undefined),
    conversion: conversions[0],
  };
}

/** Whether a `.gitattributes` beside or above a path names any attribute that counts. */
function isMentioned(clone: Clone, path: BackendPath, known: Map<BackendPath, boolean>): boolean {
  for (let directory = parentPath(path); ; directory = parentPath(directory)) {
    let mentions = known.get(directory);
    if (mentions === undefined) {
      const file = hostPath(clone, directory === ROOT ? '.gitattributes' : `${directory}/.gitattributes`);
      mentions = WORDS.test(readIfFile(file));
      known.set(directory, mentions);
    }
    if (mentions) return true;
    if (directory === ROOT) return false;
  }
}

function readIfFile(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (hasErrno(error, 'ENOENT', 'ENOTDIR', 'EISDIR')) return '';
    throw error;
  }
}

/** An empty repository to ask for attributes, since in the clone itself f9 overrides all of them. */
function plainRepository({ stateDirectory }: Clone): string {
  const directory = `${stateDirectory}/attributes`;
  if (!existsSync(`${directory}/HEAD`)) {
    for (const name of ['objects', 'refs']) mkdirSync(`${directory}/${name}`, { recursive: true });
    writeFileSync(`${directory}/HEAD`, 'ref: refs/heads/main\n');
  }
  return directory;
}
