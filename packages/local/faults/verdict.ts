import { fateOf, ownerOf } from '../src/state/process-identity.ts';
import { type Fault, type Operation, STATE } from './operations.ts';
import { describeTree, isSameTree, readTree, type Tree } from './tree.ts';

export type BreachKind = 'torn' | 'lost' | 'leftover' | 'leak' | 'error' | 'missed';

/** Something that may not be. */
export interface Breach {
  readonly kind: BreachKind;
  readonly text: string;
}

export type Outcome = 'old' | 'between' | 'new' | 'torn';

/** What a fault left of the vault. */
export interface Remains {
  readonly outcome: Outcome;
  /** Paths that belong to no state of the vault, in the state directory or beside its files. */
  readonly leftovers: readonly string[];
  readonly description: string;
}

export function inspectRemains(operation: Operation, fault: Fault, root: string): Remains {
  const all = readTree(root);
  const entries = Object.entries(all).filter(([path]) => path !== STATE);
  const isKnown = (path: string): boolean => path in operation.before || path in operation.after;
  const tree = Object.fromEntries(entries.filter(([path]) => isKnown(path)));
  return {
    outcome: outcomeOf(operation, fault, tree),
    leftovers: entries.map(([path]) => path).filter((path) => !isKnown(path) && !isKept(path, all)),
    description: describeTree(tree),
  };
}

/** What may not be left. */
export function breachesOf({ outcome, leftovers, description }: Remains, isAcknowledged: boolean): Breach[] {
  const breaches: Breach[] = leftovers.map((path) => ({ kind: 'leftover', text: `left over: ${path}` }));
  if (outcome === 'torn') breaches.push({ kind: 'torn', text: `neither old nor new: ${description}` });
  else if (isAcknowledged && outcome !== 'new') {
    breaches.push({ kind: 'lost', text: `acknowledged, and ${outcome} afterwards` });
  }
  return breaches;
}

function outcomeOf({ before, after, between }: Operation, fault: Fault, tree: Tree): Outcome {
  if (isSameTree(tree, after)) return 'new';
  if (isSameTree(tree, before)) return 'old';
  return between?.(tree, fault) === true ? 'between' : 'torn';
}

/** Whether it is no leftover: what keeps git away, or the token or empty staging directory of a thread that runs. */
export function isKept(path: string, tree: Tree): boolean {
  if (path === `${STATE}/.gitignore`) return true;
  const owner = ownerOf(path.slice(STATE.length + 1).replace(/^staging\./, ''));
  if (owner === undefined || fateOf(owner) !== 'running') return false;
  const entry = tree[path]!;
  if (entry === 'directory') return !Object.keys(tree).some((other) => other.startsWith(`${path}/`));
  return 'target' in entry;
}

/** What lies in the state directory and should not. */
export function leftInState(root: string): string[] {
  const tree = readTree(root);
  return Object.keys(tree).filter((path) => path.startsWith(`${STATE}/`) && !isKept(path, tree));
}
