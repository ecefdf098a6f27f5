import { backendError } from '../errors.ts';
import { GlobPattern, type GlobState } from '../glob/pattern.ts';

/** Patterns of allowed paths, whose wildcards match leading dots; one that matches a directory stands for all that is in it. */
export interface PathRule {
  /** Default: all. */
  readonly allow?: readonly string[];
  /** Wins over `allow`. Default: none. */
  readonly deny?: readonly string[];
}

/** A rule, compiled. */
export class PathRules {
  readonly #allow: readonly GlobPattern[] | undefined;
  readonly #deny: readonly GlobPattern[];
  readonly #base: string;

  /**
   * @param name of the rule, for messages
   * @param rule patterns alone are the allowed ones
   * @param base the directory, in the tree that the patterns refer to, to which paths are relative
   * @throws `INVALID_ARGUMENT` for a rule or a pattern that is none
   */
  constructor(name: string, rule: string | readonly string[] | PathRule, base: string) {
    this.#base = base;
    if (typeof rule === 'string' || isList(rule)) {
      this.#allow = compile(name, [rule].flat());
      this.#deny = [];
    } else {
      assertGuards(name, rule, ['allow', 'deny']);
      const { allow, deny = [] } = rule;
      this.#allow = allow && compile(`${name}.allow`, allow);
      this.#deny = compile(`${name}.deny`, deny);
    }
  }

  allows(given: string): boolean {
    const path = this.#fromBase(given);
    return (this.#allow === undefined || covers(this.#allow, path)) && !covers(this.#deny, path);
  }

  /** Whether a directory may have something in it that is allowed. */
  leadsOn(given: string): boolean {
    const directory = this.#fromBase(given);
    if (covers(this.#deny, directory)) return false;
    return this.#allow === undefined || this.#allow.some((pattern) => reaches(pattern, directory));
  }

  #fromBase(path: string): string {
    return [this.#base, path].filter((part) => part !== '').join('/');
  }
}

/**
 * Refuses options of a guard that would be ignored: it would guard nothing.
 *
 * @throws `INVALID_ARGUMENT`
 */
export function assertGuards(name: string, guards: object, known: readonly string[]): void {
  if (typeof guards !== 'object' || guards === null || Array.isArray(guards)) {
    throw backendError('INVALID_ARGUMENT', `${name} must be an object of ${known.join(' and ')}`);
  }
  for (const [key, value] of Object.entries(guards)) {
    if (known.includes(key) && value !== undefined) continue;
    const why = known.includes(key)
      ? `${key} of ${name} is undefined, which guards nothing: give patterns, or leave it out`
      : `There is no ${JSON.stringify(key)} in ${name}; there are ${known.join(' and ')}`;
    throw backendError('INVALID_ARGUMENT', why);
  }
}

function isList(rule: object): rule is readonly string[] {
  return Array.isArray(rule);
}

function compile(name: string, patterns: readonly string[]): GlobPattern[] {
  if (!Array.isArray(patterns)) throw backendError('INVALID_ARGUMENT', `${name} must be a list of patterns`);
  return patterns.map((pattern) => new GlobPattern(pattern, { dot: true }));
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
