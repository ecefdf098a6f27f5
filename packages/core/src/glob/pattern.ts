import { backendError } from '../errors.ts';
import { type BackendPath, isReservedName } from '../paths/path.ts';
import { expandBraces } from './braces.ts';
import { compileSegment, type Segment } from './segment.ts';

/** Options of a pattern. */
export interface GlobPatternOptions {
  /** Let wildcards match a leading dot. Default false. */
  readonly dot?: boolean | undefined;
  /**
   * Patterns of what to leave out; in them wildcards match leading dots. One that ends in a plain name, like `out/build`, leaves out
   * what lies below it as well.
   */
  readonly ignore?: readonly string[] | undefined;
}

const GLOBSTAR = Symbol('**');
type Part = Segment | typeof GLOBSTAR;

/** One spelling of a pattern, its braces expanded, and the next part of it that has to match. */
interface Position {
  readonly parts: readonly Part[];
  readonly at: number;
}

/** A directory on the way down, seen by the pattern: what of its children matches, and where it is worth descending. */
export interface GlobState {
  /** The only names that can match or lead on, where no wildcard has a say; a walk can ask for them instead of listing. */
  readonly literals: readonly string[] | undefined;
  /** Whether the child `name` matches. */
  accepts(name: string): boolean;
  /** The state inside the child directory `name`; `undefined` where nothing in it can match. */
  enter(name: string): GlobState | undefined;
}

/**
 * A compiled pattern: `* ? [a-z] [!a] ** {a,b}`, `\` escapes; extglobs, `{1..3}` and a leading `!` are literal. `**` alone between
 * slashes is any number of directories.
 *
 * @throws `INVALID_ARGUMENT` not a string or empty; `PATH_OUTSIDE_ROOT` for a pattern that climbs out of the vault.
 */
export class GlobPattern {
  /** As it was written. */
  readonly source: string;
  /** The directory that holds everything that matches. */
  readonly base: BackendPath;
  /** Names below `base` that a match can have at most; `Infinity` with `**`. */
  readonly depth: number;
  /** The pattern ends in a slash: only directories match. */
  readonly directoriesOnly: boolean;
  /** The state at the root. */
  readonly root: GlobState;
  /** The directory that was asked about last, kept since a listing asks for its files one after another. */
  #directory = '';
  #state: GlobState | undefined;

  constructor(source: string, options: GlobPatternOptions = {}) {
    const { dot = false, ignore = [] } = options;
    if (!Array.isArray(ignore)) throw backendError('INVALID_ARGUMENT', 'ignore must be a list of patterns');
    const included = parse(source, dot);
    const ignored = ignore.flatMap((pattern) => parse(pattern, true));
    this.source = source;
    this.directoriesOnly = source.endsWith('/');
    this.root = new State(start(included), start(ignored), dot);
    this.#state = this.root;
    const base = commonBase(included);
    this.base = base.join('/') as BackendPath;
    const depths = included.map((parts) =>
      parts.includes(GLOBSTAR) ? Number.POSITIVE_INFINITY : parts.length,
    );
    this.depth = Math.max(base.length, ...depths) - base.length;
  }

  /** Whether the whole path matches. */
  matches(path: string): boolean {
    const slash = path.lastIndexOf('/');
    const directory = slash < 0 ? '' : path.slice(0, slash);
    if (directory !== this.#directory) {
      this.#directory = directory;
      this.#state = this.stateIn(directory);
    }
    return this.#state?.accepts(path.slice(slash + 1)) === true;
  }

  /** Whether what lies in a directory may match. */
  reaches(directory: string): boolean {
    return this.stateIn(directory) !== undefined;
  }

  /** The state inside a directory; `undefined` where nothing in it can match. */
  stateIn(directory: string): GlobState | undefined {
    let state: GlobState | undefined = this.root;
    if (directory !== '') for (const name of directory.split('/')) state = state?.enter(name);
    return state;
  }
}

class State implements GlobState {
  readonly #included: readonly Position[];
  readonly #ignored: readonly Position[];
  readonly #dot: boolean;
  /** The last parts of the pattern, one of which a child has to match. */
  readonly #ends: readonly Part[];
  readonly #ignoredEnds: readonly Part[];
  readonly literals: readonly string[] | undefined;

  constructor(included: readonly Position[], ignored: readonly Position[], dot: boolean) {
    this.#included = included;
    this.#ignored = ignored;
    this.#dot = dot;
    this.#ends = ends(included);
    this.#ignoredEnds = ends(ignored);
    this.literals = literalsOf(included);
  }

  accepts(name: string): boolean {
    return (
      this.#ends.some((part) => matchesPart(part, name, this.#dot)) &&
      !this.#ignoredEnds.some((part) => matchesPart(part, name, true))
    );
  }

  enter(name: string): GlobState | undefined {
    if (this.#ignoredEnds.some((part) => literalOf(part) === name)) return undefined;
    const included = advance(this.#included, name, this.#dot);
    if (included.length === 0) return undefined;
    const ignored = advance(this.#ignored, name, true);
    // `dir/**` leaves out all that lies in dir: no need to go there.
    if (ends(ignored).includes(GLOBSTAR)) return undefined;
    // In a tree under `**` the state seldom changes.
    if (same(included, this.#included) && same(ignored, this.#ignored)) return this;
    return new State(included, ignored, this.#dot);
  }
}

function start(alternatives: readonly (readonly Part[])[]): Position[] {
  const positions: Position[] = [];
  for (const parts of alternatives) reach(positions, parts, 0);
  return positions;
}

/** The positions behind the directory `name`. */
function advance(positions: readonly Position[], name: string, dot: boolean): Position[] {
  const next: Position[] = [];
  for (const { parts, at } of positions) {
    const part = parts[at]!;
    if (matchesPart(part, name, dot)) reach(next, parts, part === GLOBSTAR ? at : at + 1);
  }
  return next;
}

/** Adds a position, and the one behind a `**` that stands for no directory. The last `**` needs a name of its own. */
function reach(positions: Position[], parts: readonly Part[], at: number): void {
  if (at === parts.length) return;
  // Positions of one alternative follow each other.
  for (let i = positions.length - 1; i >= 0 && positions[i]!.parts === parts; i--) {
    if (positions[i]!.at === at) return;
  }
  positions.push({ parts, at });
  if (parts[at] === GLOBSTAR) reach(positions, parts, at + 1);
}

function ends(positions: readonly Position[]): Part[] {
  return positions.filter(({ parts, at }) => at === parts.length - 1).map(({ parts, at }) => parts[at]!);
}

function matchesPart(part: Part, name: string, dot: boolean): boolean {
  return part === GLOBSTAR ? dot || !name.startsWith('.') : part.matches(name);
}

function same(a: readonly Position[], b: readonly Position[]): boolean {
  return a.length === b.length && a.every(({ parts, at }, i) => parts === b[i]!.parts && at === b[i]!.at);
}

function literalsOf(positions: readonly Position[]): string[] | undefined {
  const names = new Set<string>();
  for (const { parts, at } of positions) {
    const literal = literalOf(parts[at]!);
    if (literal === undefined) return undefined;
    names.add(literal);
  }
  return [...names];
}

/** The literal directories that all alternatives begin with. */
function commonBase(alternatives: readonly (readonly Part[])[]): string[] {
  const heads = alternatives.map((parts) => {
    const names = parts.map(literalOf);
    const wild = names.indexOf(undefined);
    return names.slice(0, wild < 0 ? parts.length - 1 : wild) as string[];
  });
  const [first = [], ...rest] = heads;
  const differs = first.findIndex((name, i) => rest.some((head) => head[i] !== name));
  return differs < 0 ? first : first.slice(0, differs);
}

function parse(pattern: string, dot: boolean): Part[][] {
  if (typeof pattern !== 'string' || pattern === '') {
    throw backendError('INVALID_ARGUMENT', 'A glob pattern must be a string that is not empty');
  }
  return expandBraces(pattern)
    .map((source) => toParts(source, pattern, dot))
    .filter(canMatch);
}

function toParts(source: string, pattern: string, dot: boolean): Part[] {
  const parts: Part[] = [];
  for (const segment of source.split('/')) {
    const part = segment === '**' ? GLOBSTAR : compileSegment(segment, dot);
    if (part === GLOBSTAR) {
      if (parts.at(-1) !== GLOBSTAR) parts.push(GLOBSTAR);
    } else if (part.literal === '..') {
      if (parts.pop() === undefined) {
        throw backendError(
          'PATH_OUTSIDE_ROOT',
          `The pattern ${JSON.stringify(pattern)} climbs out of the vault`,
        );
      }
    } else if (part.literal !== '' && part.literal !== '.') {
      parts.push(part);
    }
  }
  return parts;
}

/** False for a pattern that names the root, or something that no vault can hold: a walk by literal names never meets those. */
function canMatch(parts: readonly Part[]): boolean {
  const [first] = parts;
  if (first === undefined || isReservedName(literalOf(first) ?? '')) return false;
  return parts.every((part) => !/[\\\0]/.test(literalOf(part) ?? ''));
}

function literalOf(part: Part): string | undefined {
  return part === GLOBSTAR ? undefined : part.literal;
}
