import { existsSync } from 'node:fs';
import { isWithin } from '@f9/core/driver';
import { Kept } from './kept.ts';
import { StateFile } from './state-file.ts';

/**
 * Repositories inside this one. git keeps a commit in the place of their files (a gitlink): f9 must not write in that place, and
 * files below it cannot be published.
 */
export class Gitlinks {
  readonly #directory: string;
  readonly #file: StateFile<readonly string[]>;
  readonly #kept: Kept<readonly string[]>;

  /** @param directory the working tree */
  constructor(directory: string, stateDirectory: string) {
    const path = `${stateDirectory}/gitlinks`;
    this.#directory = directory;
    this.#file = new StateFile(path);
    this.#kept = new Kept(path, () => (existsSync(path) ? this.#file.read() : undefined) ?? []);
  }

  /** Notes the gitlinks of a commit that is checked out: those that came, and those that are gone or became something else. */
  note(added: readonly string[], removed: readonly string[]): void {
    const before = this.#kept.get();
    const gone = new Set(removed);
    const now = [...new Set([...before.filter((path) => !gone.has(path)), ...added])];
    if (now.length === 0) this.#file.remove();
    else if (now.length !== before.length || !now.every((path) => before.includes(path)))
      this.#file.write(now);
  }

  /** The repository that `path` is or lies in: one that the branch knows, or one that lies in the folder. */
  above(path: string): string | undefined {
    const known = this.#kept.get().find((gitlink) => isWithin(path, gitlink));
    if (known !== undefined) return known;
    for (let end = path.length; end > 0; end = path.lastIndexOf('/', end - 1)) {
      const directory = path.slice(0, end);
      if (existsSync(`${this.#directory}/${directory}/.git`)) return directory;
    }
    return undefined;
  }

  /** A repository that the branch knows below `path`. */
  below(path: string): string | undefined {
    return this.#kept.get().find((gitlink) => isWithin(gitlink, path));
  }
}
