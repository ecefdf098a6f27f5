import { constants } from 'node:fs';
import type { BackendPath } from '@f9/core/driver';
import type { OpenDirectory } from '../confined/open-directory.ts';
import { hasErrno } from '../errors.ts';
import type { Operation } from '../io/runner.ts';
import { unlinkIfThere, writeNewFile } from '../io/small-files.ts';
import { close, open } from '../io/system-calls.ts';
import { NOTE } from './leftovers.ts';
import type { Presence, StagingDirectory } from './presence.ts';
import { ownerOf, ownName } from './process-identity.ts';
import { BESIDE } from './state-directory.ts';

const NEW = constants.O_RDWR | constants.O_CREAT | constants.O_EXCL;

/** A file that is written where nobody looks, until it is whole. */
export interface StagedFile {
  readonly fd: number;
  /** Its path on the host. */
  readonly path: string;
  /** Whether it was moved to its place in the vault. */
  isPublished: boolean;
  /** The staging directory to be left when the file ends. */
  readonly leaves?: StagingDirectory;
  /** The note that tells of a file staged beside its target. */
  readonly note?: string;
}

/**
 * The staging directory is gone: somebody removed it, or took its owner for dead. Comparisons made since it was entered no longer
 * hold.
 */
export class StagingLost extends Error {}

/** Times that the staging directory may be removed while a file is begun. */
const ATTEMPTS = 8;

/** Begins files that nobody sees yet, and ends them. */
export class Staging {
  readonly #presence: Presence;
  #count = 0;

  constructor(presence: Presence) {
    this.#presence = presence;
  }

  /** Runs `body` with a directory to stage in; once its owner was overtaken, nothing staged there can be published. */
  *within<T>(body: (directory: StagingDirectory) => Operation<T>): Operation<T> {
    const directory = yield* this.#presence.enter();
    try {
      return yield* body(directory);
    } finally {
      yield* this.#presence.leave(directory);
    }
  }

  /** Begins a file in a directory that was entered. @throws `StagingLost` */
  *stageIn(directory: StagingDirectory, mode: number): Operation<StagedFile> {
    const path = this.#newPath(directory);
    try {
      return { fd: yield* open(path, NEW, mode), path, isPublished: false };
    } catch (error) {
      if (!hasErrno(error, 'ENOENT')) throw error;
      yield* this.#presence.giveUp(directory);
      throw new StagingLost();
    }
  }

  /** Begins a file. */
  *stage(mode: number): Operation<StagedFile> {
    for (let attempt = 1; ; attempt++) {
      const directory = yield* this.#presence.enter();
      const path = this.#newPath(directory);
      try {
        return { fd: yield* open(path, NEW, mode), path, leaves: directory, isPublished: false };
      } catch (error) {
        if (hasErrno(error, 'ENOENT')) yield* this.#presence.giveUp(directory);
        yield* this.#presence.leave(directory);
        if (!hasErrno(error, 'ENOENT') || attempt === ATTEMPTS) throw error;
      }
    }
  }

  #newPath(directory: StagingDirectory): string {
    return directory.directory.entry((this.#count++).toString(36));
  }

  /** Begins a file in a directory of the vault, where another filesystem is mounted; a note tells the next opening of it. */
  *stageBeside(target: OpenDirectory, targetPath: BackendPath): Operation<StagedFile> {
    const name = ownName();
    const note = `${this.#presence.state.path}/${name}${NOTE}`;
    yield* this.#write(name + NOTE, targetPath);
    try {
      const path = target.entry(BESIDE + name);
      return { fd: yield* open(path, NEW, 0o600), path, note, isPublished: false };
    } catch (error) {
      yield* unlinkIfThere(note);
      throw error;
    }
  }

  *#write(name: string, text: string): Operation<void> {
    const state = yield* this.#presence.state.open();
    try {
      yield* writeNewFile(state.entry(name), text);
    } finally {
      yield* state.close();
    }
  }

  /** Ends a file; one that was not moved into the vault is removed. */
  *discard({ fd, path, isPublished, leaves, note }: StagedFile): Operation<void> {
    try {
      yield* close(fd);
      if (!isPublished) yield* unlinkIfThere(path);
      if (note !== undefined) yield* unlinkIfThere(note);
    } finally {
      if (leaves !== undefined) yield* this.#presence.leave(leaves);
    }
  }
}

/** Whether a name in the vault is that of a file that is staged there. */
export function isStagedBeside(name: string): boolean {
  return name.startsWith(BESIDE) && ownerOf(name.slice(BESIDE.length)) !== undefined;
}
