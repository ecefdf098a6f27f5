import { backendError } from '../errors.ts';
import type { FileInfo } from '../file-info.ts';
import { GlobPattern } from '../glob/pattern.ts';
import type { IgnoreRules } from './ignore-files.ts';
import type { CompareVaultsOptions } from './options.ts';

/** The files of a vault that a mirror looks at. */
export class Selection {
  readonly #patterns: readonly GlobPattern[];
  readonly #filter: (file: FileInfo) => boolean;
  /** Whether nothing but state and ignore files is left out. */
  readonly isWhole: boolean;
  #rules: IgnoreRules | undefined;

  /** @throws `INVALID_ARGUMENT`, `PATH_OUTSIDE_ROOT` */
  constructor({ glob = '**', ignore = [], filter }: CompareVaultsOptions) {
    const globs = typeof glob === 'string' ? [glob] : glob;
    if (!Array.isArray(globs) || globs.length === 0) {
      throw backendError('INVALID_ARGUMENT', 'glob must be a pattern or a list of patterns');
    }
    if (filter !== undefined && typeof filter !== 'function') {
      throw backendError('INVALID_ARGUMENT', 'filter must be a function that gives true or false');
    }
    this.#patterns = globs.map((pattern) => new GlobPattern(pattern, { dot: true, ignore }));
    this.#filter = filter ?? (() => true);
    this.isWhole = globs.includes('**') && ignore.length === 0 && filter === undefined;
  }

  /** The rules of the source's ignore files, once they are read. */
  set rules(rules: IgnoreRules) {
    this.#rules = rules;
  }

  /** Whether pattern and ignore files let a path through; no more is known of what is skipped. */
  covers(path: string): boolean {
    return (
      this.#patterns.some((pattern) => pattern.matches(path)) && this.#rules?.ignores(path, false) !== true
    );
  }

  /** Whether the patterns let anything through that lies in a directory. */
  reaches(directory: string): boolean {
    return this.#patterns.some((pattern) => pattern.reaches(directory));
  }

  /** Whether the ignore files leave a directory out. */
  leavesOut(directory: string): boolean {
    return this.#rules?.ignores(directory, true) === true;
  }

  accepts(file: FileInfo): boolean {
    return this.#filter(file);
  }
}

/** The state of f9 or git that a path is or lies in; `undefined` for everything else. */
export function stateAround(path: string): string | undefined {
  // Most paths hold no name that begins with a dot: the expression takes ten times as long.
  if (path[0] !== '.' && !path.includes('/.')) return undefined;
  const found = STATE.exec(path);
  return found === null ? undefined : path.slice(0, found.index + found[0].length);
}

const STATE = /(?:^|\/)\.(?:f9|git)(?=\/|$)/i;
