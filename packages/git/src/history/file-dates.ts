import { readFileSync } from 'node:fs';
import { SharedRun } from '@f9/core/driver';
import { GitExit } from '../errors.ts';
import type { GitProcess } from '../process/git-process.ts';
import { KeptDatesFile, type Span } from './kept-dates.ts';

/** The times when a file came into the history and when it last changed there; changes beyond a shallow border are not known. */
export interface FileDates {
  readonly createdAt: Date | undefined;
  readonly modifiedAt: Date | undefined;
}

/** Commits from which on a pass takes longer than keeping its results. */
const WORTH_KEEPING = 100;

/** The dates of every file, from one pass over the history; they are kept, from one process to the next, and extended by new commits. */
export class FileDatesLog {
  readonly #git: GitProcess;
  readonly #file: KeptDatesFile;
  #isRecalled = false;
  #spans = new Map<string, Span>();
  #head: string | undefined;
  #isShallow = false;
  #wanted = '';
  readonly #reading: SharedRun<void> = new SharedRun(({ signal }) => this.#read(this.#wanted, signal));

  constructor(git: GitProcess, stateDirectory: string) {
    this.#git = git;
    this.#file = new KeptDatesFile(stateDirectory);
  }

  /** Waits for what runs. */
  async idle(): Promise<void> {
    await this.#reading.idle();
  }

  /** Whether the dates are those at `head`. */
  isAt(head: string): boolean {
    return this.#head === head;
  }

  /** Reads the history up to `head`. */
  async reach(head: string, signal: AbortSignal | undefined): Promise<void> {
    while (!this.isAt(head)) {
      this.#wanted = head;
      await this.#reading.join(signal);
    }
  }

  /** The dates of a file; `undefined` for one that no commit touched. */
  of(path: string): FileDates | undefined {
    const span = this.#spans.get(path);
    if (span === undefined)
      return this.#isShallow ? { createdAt: undefined, modifiedAt: undefined } : undefined;
    return {
      createdAt: span.added || !this.#isShallow ? new Date(span.first * 1000) : undefined,
      modifiedAt: new Date(span.last * 1000),
    };
  }

  async #read(head: string, signal: AbortSignal): Promise<void> {
    if (!this.#isRecalled) await this.#recall();
    if (this.isAt(head)) return;
    const known = this.#head;
    // On the left are commits that the history no longer holds: after `abandonLocalChanges` the pass begins anew.
    const range = known === undefined ? [head] : ['--left-right', `${known}...${head}`];
    let output: Buffer;
    try {
      output = await this.#git.run(
        // `-c` shows the changes of a merge against both sides; without it merged files would keep old dates.
        ['log', '-c', '--format=%x01%m%H %ct', '--name-status', '--no-renames', '-z', ...range, '--'],
        // Without this git flushes its output after every commit.
        { signal, environment: { GIT_FLUSH: '0' } },
      );
    } catch (error) {
      if (known === undefined || !(error instanceof GitExit)) throw error;
      // A commit that some process knew may be gone from the repository by now.
      this.#head = undefined;
      return;
    }
    const shallow = shallowCommits(this.#git.gitDirectory);
    if (known === undefined) this.#spans.clear();
    this.#isShallow = shallow.size > 0;
    let isRewritten = false;
    let commits = 0;
    for (const { side, commit, time, changes } of parseLog(output.toString())) {
      commits++;
      if (side === '<') isRewritten = true;
      // The border commit shows every file as new, whatever its age.
      if (shallow.has(commit)) continue;
      for (const { status, path } of changes) {
        const span = this.#spans.get(path) ?? { first: time, last: time, added: false };
        span.first = Math.min(span.first, time);
        span.last = Math.max(span.last, time);
        span.added ||= status.includes('A');
        this.#spans.set(path, span);
      }
    }
    this.#head = isRewritten ? undefined : head;
    if (!isRewritten && commits >= WORTH_KEEPING)
      await this.#file.write({ head, shallow, spans: this.#spans });
  }

  /** Takes over the results of another process, if the history is cut at the same place. */
  async #recall(): Promise<void> {
    this.#isRecalled = true;
    const kept = await this.#file.read();
    const shallow = shallowCommits(this.#git.gitDirectory);
    const isCutAlike =
      kept?.shallow.size === shallow.size && [...shallow].every((commit) => kept.shallow.has(commit));
    if (kept === undefined || !isCutAlike) return;
    this.#head = kept.head;
    this.#isShallow = shallow.size > 0;
    this.#spans = kept.spans;
  }
}

interface LoggedCommit {
  /** `<` for a commit that only the older of two heads has. */
  readonly side: string;
  readonly commit: string;
  readonly time: number;
  readonly changes: readonly { readonly status: string; readonly path: string }[];
}

/** Reads `log -z --name-status` with the format above. */
export function* parseLog(output: string): Generator<LoggedCommit> {
  const fields = output.split('\0');
  let current:
    | { side: string; commit: string; time: number; changes: { status: string; path: string }[] }
    | undefined;
  for (let index = 0; index < fields.length; index++) {
    const field = fields[index]!.replace(/^\n/, '');
    if (field.startsWith('\x01')) {
      if (current !== undefined) yield current;
      const [commit = '', seconds] = field.slice(2).split(' ');
      current = { side: field[1]!, commit, time: Number(seconds), changes: [] };
    } else if (field !== '') {
      current?.changes.push({ status: field, path: fields[++index]! });
    }
  }
  if (current !== undefined) yield current;
}

function shallowCommits(gitDirectory: string): Set<string> {
  try {
    return new Set(readFileSync(`${gitDirectory}/shallow`, 'latin1').split('\n').filter(Boolean));
  } catch {
    return new Set();
  }
}
