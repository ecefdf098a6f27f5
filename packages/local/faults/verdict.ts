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
  readonly breaches: readonly Breach[];
}

export function inspectRemains(operation: Operation, fault: Fault, root: string): Remains {
  const entries = Object.entries(readTree(root)).filter(([path]) => path !== STATE);
  const isKnown = (path: string): boolean => path in operation.before || path in operation.after;
  const tree = Object.fromEntries(entries.filter(([path]) => isKnown(path)));
  const leftovers = entries.filter(([path]) => !isKnown(path));
  const outcome = outcomeOf(operation, fault, tree);
  const breaches: Breach[] = leftovers.map(([path]) => ({ kind: 'leftover', text: `left over: ${path}` }));
  if (outcome === 'torn') breaches.push({ kind: 'torn', text: `neither old nor new: ${describeTree(tree)}` });
  return { outcome, breaches };
}

function outcomeOf({ before, after, between }: Operation, fault: Fault, tree: Tree): Outcome {
  if (isSameTree(tree, after)) return 'new';
  if (isSameTree(tree, before)) return 'old';
  return between?.(tree, fault) === true ? 'between' : 'torn';
}
