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
  const entries = Object.entries(readTree(root)).filter(([path]) => path !== STATE);
  const isKnown = (path: string): boolean => path in operation.before || path in operation.after;
  const tree = Object.fromEntries(entries.filter(([path]) => isKnown(path)));
  return {
    outcome: outcomeOf(operation, fault, tree),
    leftovers: entries.map(([path]) => path).filter((path) => !isKnown(path)),
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
