import type { Clone } from './clone.ts';
import { StateFile } from './state-file.ts';
import type { TreeEntry } from './trees.ts';

/** Outcomes by the key of their conflict: one that was chosen for other versions is never applied. */
export type Choices = Readonly<Record<string, readonly TreeEntry[]>>;

/** The choices so far, until the merge is made. */
export function choicesOf({ stateDirectory }: Clone): StateFile<Choices> {
  return new StateFile(`${stateDirectory}/choices`);
}
