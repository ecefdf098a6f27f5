import { GlobPattern, type GlobState } from '../glob/pattern.ts';

/** Which paths are allowed, by patterns whose wildcards match leading dots; one that matches a directory stands for all that is in it. */
export interface PathRule {
  /** Default: all. */
  readonly allow?: readonly string[] | undefined;
  /** Wins over `allow`. Default: none. */
  readonly deny?: readonly string[] | undefined;
}

/** A rule, compiled. */
export class PathRules {
  readonly #allow: readonly GlobPattern[] | undefined;
  readonly #deny: readonly GlobPattern[];

  /** @throws `INVALID_ARGUMENT` for a pattern that is none */
  constructor({ allow, deny = [] }: PathRule = {}) {
    const compile = (pattern: string): GlobPattern => new GlobPattern(pattern, { dot: true });
    this.#allow = allow?.map(compile);
    this.#deny = deny.map(compile);
  }

  allows(path: string): boolean {
    return (this.#allow === undefined || covers(this.#allow, path)) && !covers(this.#deny, path);
  }

  /** Whether a directory may have something in it that is allowed. */
  leadsOn(directory: string): boolean {
    if (covers(this.#deny, directory)) return false;
    return this.#allow === undefined || this.#allow.some((pattern) => reaches(pattern, directory));
  }
}

function covers(patterns: readonly GlobPattern[], path: string): boolean {
  if (patterns.length === 0) return false;
  for (let end = path.length; end > 0; end = path.lastIndexOf('/', end - 1)) {
    const above = path.slice(0, end);
    if (patterns.some((pattern) => pattern.matches(above))) return true;
  }
  return false;
}

/** Whether something below `directory` can match. */
function reaches(pattern: GlobPattern, directory: string): boolean {
  let state: GlobState | undefined = pattern.root;
  if (directory !== '') for (const name of directory.split('/')) state = state?.enter(name);
  return state !== undefined;
}
