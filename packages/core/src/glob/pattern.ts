import { backendError } from '../errors.ts';
import type { BackendPath } from '../path.ts';
import { expandBraces } from './braces.ts';
import { compileSegment, type Segment } from './segment.ts';

export interface GlobPatternOptions {
  /** Let wildcards match a leading dot. Default false. */
  readonly dot?: boolean;
  /** Patterns of what to leave out; in them wildcards match leading dots. */
  readonly ignore?: readonly string[];
}

const GLOBSTAR = Symbol('**');
type Part = Segment | typeof GLOBSTAR;

/** One spelling of a pattern, its braces expanded. */
interface Alternative {
  readonly parts: readonly Part[];
}

/** How far each alternative has come: the next part to match, of those that can still match. */
type Positions = readonly (readonly [alternative: Alternative, part: number])[];

/** A directory on the way down, seen by the pattern: what of its children matches, and where it is worth descending. */
export interface GlobState {
  /** The only names that can match or lead on, where wildcards have no say; a walk can ask for them instead of listing. */
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
  readonly source: string;
  /** The directory that everything that matches lies in. */
  readonly base: BackendPath;
  /** Names below `base` that a match can have at most; `Infinity` with `**`. */
  readonly depth: number;
  /** The state at the root. */
  readonly root: GlobState;

  constructor(source: string, options: GlobPatternOptions = {}) {
    const { dot = false, ignore = [] } = options;
    const included = parse(source, dot);
    const ignored = ignore.flatMap((pattern) => parse(pattern, true));
    this.source = source;
    this.root = new State(start(included), start(ignored), dot);
    const base = commonBase(included);
    this.base = base.join('/') as BackendPath;
    this.depth =
      Math.max(
        ...included.map(({ parts }) => (parts.includes(GLOBSTAR) ? Number.POSITIVE_INFINITY : parts.length)),
      ) - base.length;
  }

  /** Whether the whole path matches. */
  matches(path: string): boolean {
    let state: GlobState | undefined = this.root;
    let from = 0;
    for (let slash = path.indexOf('/'); slash >= 0; slash = path.indexOf('/', from)) {
      state = state.enter(path.slice(from, slash));
      if (state === undefined) return false;
      from = slash + 1;
    }
    return state.accepts(path.slice(from));
  }
}

class State implements GlobState {
  readonly #included: Positions;
  readonly #ignored: Positions;
  readonly #dot: boolean;
  readonly literals: readonly string[] | undefined;

  constructor(included: Positions, ignored: Positions, dot: boolean) {
    this.#included = included;
    this.#ignored = ignored;
    this.#dot = dot;
    this.literals = literalsOf(included);
  }

  accepts(name: string): boolean {
    return ends(this.#included, name, this.#dot) && !ends(this.#ignored, name, true);
  }

  enter(name: string): GlobState | undefined {
    const included = advance(this.#included, name, this.#dot);
    if (included.length === 0) return undefined;
    const ignored = advance(this.#ignored, name, true);
    // `dir/**` leaves out all that lies in dir: no need to go there.
    if (ignored.some(([{ parts }, at]) => at === parts.length - 1 && parts[at] === GLOBSTAR))
      return undefined;
    // In a tree under `**` the state seldom changes.
    if (same(included, this.#included) && same(ignored, this.#ignored)) return this;
    return new State(included, ignored, this.#dot);
  }
}

function start(alternatives: readonly Alternative[]): Positions {
  return alternatives.flatMap((alternative) => [...from(alternative, 0)]);
}

/** A position, and those behind the `**` it may skip. The last `**` needs a name of its own. */
function* from(alternative: Alternative, part: number): Generator<readonly [Alternative, number]> {
  yield [alternative, part];
  if (alternative.parts[part] === GLOBSTAR && part + 1 < alternative.parts.length)
    yield [alternative, part + 1];
}

function matchesPart(part: Part, name: string, dot: boolean): boolean {
  return part === GLOBSTAR ? dot || !name.startsWith('.') : part.matches(name);
}

function ends(positions: Positions, name: string, dot: boolean): boolean {
  return positions.some(([{ parts }, at]) => at === parts.length - 1 && matchesPart(parts[at]!, name, dot));
}

function advance(positions: Positions, name: string, dot: boolean): Positions {
  if (positions.length === 0) return positions;
  const next: (readonly [Alternative, number])[] = [];
  const add = (position: readonly [Alternative, number]): void => {
    if (!next.some(([alternative, at]) => alternative === position[0] && at === position[1]))
      next.push(position);
  };
  for (const [alternative, at] of positions) {
    const part = alternative.parts[at]!;
    if (!matchesPart(part, name, dot)) continue;
    if (part === GLOBSTAR) for (const position of from(alternative, at)) add(position);
    else if (at + 1 < alternative.parts.length)
      for (const position of from(alternative, at + 1)) add(position);
  }
  return next;
}

function same(a: Positions, b: Positions): boolean {
  return (
    a.length === b.length && a.every(([alternative, at], i) => alternative === b[i]![0] && at === b[i]![1])
  );
}

function literalsOf(positions: Positions): string[] | undefined {
  const names = new Set<string>();
  for (const [{ parts }, at] of positions) {
    const part = parts[at]!;
    if (part === GLOBSTAR || part.literal === undefined) return undefined;
    names.add(part.literal);
  }
  return [...names];
}

/** The literal directories that all alternatives begin with. */
function commonBase(alternatives: readonly Alternative[]): string[] {
  const heads = alternatives.map(({ parts }) => {
    const wild = parts.findIndex((part) => part === GLOBSTAR || part.literal === undefined);
    return parts.slice(0, wild < 0 ? parts.length - 1 : wild).map((part) => (part as Segment).literal!);
  });
  const [first = [], ...rest] = heads;
  const differs = first.findIndex((name, i) => rest.some((head) => head[i] !== name));
  return differs < 0
    ? first.slice(0, Math.min(...heads.map((head) => head.length)))
    : first.slice(0, differs);
}

function parse(pattern: string, dot: boolean): Alternative[] {
  if (typeof pattern !== 'string' || pattern.trim() === '') {
    throw backendError('INVALID_ARGUMENT', 'A glob pattern must be a string that is not blank');
  }
  return expandBraces(pattern)
    .map((source) => ({ parts: toParts(source, pattern, dot) }))
    .filter(({ parts }) => parts.length > 0);
}

function toParts(source: string, pattern: string, dot: boolean): Part[] {
  const parts: Part[] = [];
  for (const segment of source.split('/')) {
    if (segment === '' || segment === '.') continue;
    if (segment === '..') {
      if (parts.pop() === undefined) {
        throw backendError(
          'PATH_OUTSIDE_ROOT',
          `The pattern ${JSON.stringify(pattern)} climbs out of the vault`,
        );
      }
    } else if (segment !== '**') {
      parts.push(compileSegment(segment, dot));
    } else if (parts.at(-1) !== GLOBSTAR) {
      parts.push(GLOBSTAR);
    }
  }
  return parts;
}
