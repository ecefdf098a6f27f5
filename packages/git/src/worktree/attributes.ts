import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { isFileBackendError } from '@f9/core';
import { type BackendPath, backendError, bytesOf, parentPath, ROOT } from '@f9/core/driver';
import { type Clone, hostPath, lookAt } from '../clone/clone.ts';
import { hasErrno } from '../errors.ts';
import type { GitRunOptions } from '../process/git-process.ts';

// A vault reads and writes what the history holds, to the byte; `.git/info/attributes` says so to git. Two attributes count all the
// same: `text` and `eol` say that the history holds LF, and another clone would show every other file as changed; `filter` and
// `working-tree-encoding` say that it holds something else than the file.

/** The attributes of a path that count. */
interface PathAttributes {
  /** Explicitly text: `text`, or an `eol`. What is only guessed (`text=auto`) stays to the byte. */
  readonly isText: boolean;
  /** `filter=lfs`, for example: what git keeps is not the file. */
  readonly conversion: string | undefined;
}

const ASKED = ['text', 'eol', 'filter', 'working-tree-encoding'] as const;
const WORDS = /\b(text|eol|filter|working-tree-encoding)\b/;

/** @throws `UNSUPPORTED` for a file of which the repository keeps something else */
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

/** Of changed paths, those that are not kept as they are. Files that are text get the line ends of the history. */
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

/** A file as the history of a text file holds it; what is none, whatever it is called, stays. */
async function useLf({ files }: Clone, path: BackendPath): Promise<void> {
  const info = await files.stat(path, {});
  if (info?.fileType !== 'file' || info.etag === undefined) return;
  const bytes = Buffer.from(await bytesOf(files.read(path, {})));
  if (!bytes.includes('\r\n') || bytes.includes(0)) return;
  const text = Buffer.from(bytes.toString('latin1').replaceAll('\r\n', '\n'), 'latin1');
  try {
    await files.write(path, text, { ifExists: 'replace', ifMissing: 'fail', ifMatch: info.etag });
  } catch (error) {
    // Somebody wrote meanwhile: the next commit comes to it.
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

/** Whether a `.gitattributes` beside or above a path says anything that counts. */
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

/** A repository without anything: in the clone's own one f9 overrides all attributes, and they could not be asked for. */
function plainRepository({ stateDirectory }: Clone): string {
  const directory = `${stateDirectory}/attributes`;
  if (!existsSync(`${directory}/HEAD`)) {
    for (const name of ['objects', 'refs']) mkdirSync(`${directory}/${name}`, { recursive: true });
    writeFileSync(`${directory}/HEAD`, 'ref: refs/heads/main\n');
  }
  return directory;
}
