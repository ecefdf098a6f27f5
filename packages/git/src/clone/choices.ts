import type { Clone } from './clone.ts';
import { StateFile } from './state-file.ts';
import type { TreeEntry } from './trees.ts';

/** Chosen outcomes by the key of their conflict: a choice made for other versions is never applied. */
export type Choices = Readonly<Record<string, readonly TreeEntry[]>>;

/** The file of the choices so far, kept until the merge is made. */
export function choicesOf({ stateDirectory }: Clone): StateFile<Choices> {
  return new StateFile(`${stateDirectory}/choices`);
}
