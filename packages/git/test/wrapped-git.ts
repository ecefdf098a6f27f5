import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { temporaryFolder } from './repository.ts';

const GIT = execFileSync('sh', ['-c', 'command -v git'], { encoding: 'utf8' }).trim();

/** A `git` in front of the real one on the PATH, for the running test: it notes every call, and can be told to misbehave. */
export class WrappedGit {
  readonly #folder = temporaryFolder();

  constructor() {
    const before = process.env.PATH;
    this.misbehave('');
    process.env.PATH = `${this.#folder}:${before}`;
    onTestFinished(() => {
      process.env.PATH = before;
    });
  }

  /** Shell commands that run before the real git does; `"$1"` is git's command, `$git` the real git. */
  misbehave(script: string): void {
    const lines = [
      '#!/bin/sh',
      `git='${GIT}'`,
      `echo "$1" >> '${this.#log}'`,
      script,
      'exec "$git" "$@"',
      '',
    ];
    fs.writeFileSync(join(this.#folder, 'new'), lines.join('\n'), { mode: 0o755 });
    // A script that runs cannot be written to.
    fs.renameSync(join(this.#folder, 'new'), join(this.#folder, 'git'));
  }

  /** The commands that git was called with while `body` ran. */
  async callsOf(body: () => Promise<unknown>): Promise<string[]> {
    fs.writeFileSync(this.#log, '');
    await body();
    return this.calls;
  }

  /** The commands that git was called with. */
  get calls(): string[] {
    return fs.readFileSync(this.#log, 'utf8').split('\n').filter(Boolean);
  }

  get #log(): string {
    return join(this.#folder, 'log');
  }
}
