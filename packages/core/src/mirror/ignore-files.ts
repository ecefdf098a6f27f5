import ignore, { type Ignore } from 'ignore';
import type { FileBackend, OperationOptions } from '../backend.ts';
import { type BackendPath, baseName, parentPath } from '../paths/path.ts';

/** The rules of a vault's ignore files, each for its directory and all below it, read as git reads them. */
export class IgnoreRules {
  /** Rules by directory. */
  readonly #rules = new Map<string, Ignore>();
  readonly #directories = new Map<string, boolean>();

  /**
   * Reads the files of these names among `paths`, those nearest to the root first, since files in an ignored directory are not read.
   * Where a directory has several, the last name has the last word.
   *
   * @throws what reading throws
   */
  static async read(
    vault: FileBackend,
    paths: readonly string[],
    names: readonly string[],
    options: OperationOptions,
  ): Promise<IgnoreRules> {
    const rules = new IgnoreRules();
    const found = paths.filter((path) => names.includes(baseName(path)));
    const depth = (path: string): number => path.split('/').length;
    const rank = (path: string): number => names.indexOf(baseName(path));
    for (const path of found.sort((a, b) => depth(a) - depth(b) || rank(a) - rank(b))) {
      if (rules.ignores(path, false)) continue;
      const directory = parentPath(path as BackendPath);
      const known = rules.#rules.get(directory) ?? ignore();
      known.add(new TextDecoder().decode(await vault.read(path, options)));
      rules.#rules.set(directory, known);
      rules.#directories.clear();
    }
    return rules;
  }

  /** Whether a path is left out. Nothing in a directory that is left out can be taken in again. */
  ignores(path: string, isDirectory: boolean): boolean {
    if (this.#rules.size === 0) return false;
    const parent = parentPath(path as BackendPath);
    if (parent !== '' && this.#ignoresDirectory(parent)) return true;
    return isDirectory ? this.#ignoresDirectory(path) : this.#verdict(path, '');
  }

  #ignoresDirectory(path: string): boolean {
    const known = this.#directories.get(path);
    if (known !== undefined) return known;
    const parent = parentPath(path as BackendPath);
    const ignored = (parent !== '' && this.#ignoresDirectory(parent)) || this.#verdict(path, '/');
    this.#directories.set(path, ignored);
    return ignored;
  }

  /** The answer of the nearest file that has one. */
  #verdict(path: string, suffix: '' | '/'): boolean {
    let directory: string = path;
    while (directory !== '') {
      directory = parentPath(directory as BackendPath);
      const below = directory === '' ? path : path.slice(directory.length + 1);
      const verdict = this.#rules.get(directory)?.test(below + suffix);
      if (verdict?.ignored === true) return true;
      if (verdict?.unignored === true) return false;
    }
    return false;
  }
}
