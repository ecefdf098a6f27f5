import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type FileBackend, isFileBackendError } from '@f9/core';
import { GitSyncFileBackend } from '@f9/git';
import { LocalFileBackend } from '@f9/local';
import { SqliteFileBackend } from '@f9/sqlite';
import { BEFORE, type Contents, GIT_TOOLS, type Scenario } from './scenarios.ts';

/** What a server is killed at: always the same files at the same place. */
export interface Place {
  /** Of what kind the vault is, for reports. */
  readonly kind: string;
  readonly folder: string;
  /** What the server is told to serve. */
  readonly vaults: readonly string[];
  readonly scenario: Scenario;
  /** Makes everything as it was before. */
  reset(): void;
  contents(): Promise<Contents>;
  /** Works on where the killed one left off, as the next server would. @throws where that cannot be */
  workOn(): Promise<void>;
}

/** A folder `work` that can be made again from a copy. */
abstract class CopiedPlace implements Place {
  abstract readonly kind: string;
  readonly folder: string = fs.realpathSync(fs.mkdtempSync(join(tmpdir(), 'f9-mcp-kill-')));
  readonly work: string = join(this.folder, 'work');
  readonly scenario: Scenario;
  abstract readonly vaults: readonly string[];

  constructor(scenario: Scenario) {
    this.scenario = scenario;
    fs.mkdirSync(this.work);
  }

  protected keep(): void {
    fs.cpSync(this.work, join(this.folder, 'copy'), { recursive: true, preserveTimestamps: true });
  }

  reset(): void {
    // Of a server that was killed a process may still write.
    fs.rmSync(this.work, { recursive: true, maxRetries: 10 });
    fs.cpSync(join(this.folder, 'copy'), this.work, { recursive: true, preserveTimestamps: true });
  }

  abstract contents(): Promise<Contents>;
  abstract workOn(): Promise<void>;
}

export class FolderPlace extends CopiedPlace {
  readonly kind: string = 'a folder';
  readonly vaults: readonly string[];
  readonly #folders: readonly string[];

  /** @param names of several folders, else it is one */
  constructor(scenario: Scenario, names: readonly string[] = []) {
    super(scenario);
    this.#folders = names.length === 0 ? [this.work] : names.map((name) => join(this.work, name));
    this.vaults = names.length === 0 ? this.#folders : names.map((name, i) => `${name}=${this.#folders[i]}`);
    for (const [path, text] of Object.entries(scenario.before)) {
      fs.mkdirSync(dirname(join(this.work, path)), { recursive: true });
      fs.writeFileSync(join(this.work, path), text);
    }
    this.keep();
  }

  async contents(): Promise<Contents> {
    await using vault = new LocalFileBackend({ root: this.work });
    return await textsOf(vault);
  }

  async workOn(): Promise<void> {
    for (const root of this.#folders) {
      await using vault = new LocalFileBackend({ root });
      await changeAnew(vault);
    }
  }
}

export class SqlitePlace extends CopiedPlace {
  readonly kind: string = 'SQLite';
  readonly vaults: readonly string[] = [`sqlite:${join(this.work, 'vault.db')}`];

  static async make(scenario: Scenario): Promise<SqlitePlace> {
    const place = new SqlitePlace(scenario);
    await using vault = place.#open();
    for (const [path, data] of Object.entries(scenario.before)) await vault.create(path, { data });
    await vault.close();
    place.keep();
    return place;
  }

  #open(): SqliteFileBackend {
    return new SqliteFileBackend({ path: join(this.work, 'vault.db') });
  }

  async contents(): Promise<Contents> {
    await using vault = this.#open();
    return await textsOf(vault);
  }

  async workOn(): Promise<void> {
    await using vault = this.#open();
    await changeAnew(vault);
    const { problems } = await vault.check();
    if (problems.length > 0) throw new Error(`The database has problems: ${problems.join(', ')}`);
  }
}

export class GitPlace extends CopiedPlace {
  readonly kind: string = 'git';
  readonly #remote: string = join(this.work, 'remote.git');
  readonly #clone: string = join(this.work, 'ours');
  readonly vaults: readonly string[] = [
    `git+file://${this.#remote}@main?path=${encodeURIComponent(this.#clone)}`,
  ];

  static async make(tool: string): Promise<GitPlace> {
    const { input, prepare, ...rest } = GIT_TOOLS[tool]!;
    const theirs = fs.mkdtempSync(join(tmpdir(), 'f9-mcp-theirs-'));
    const given: Record<string, unknown> = {};
    const place = new GitPlace({ ...rest, input: given });
    git(place.work, 'init', '--quiet', '--bare', '--initial-branch=main', place.#remote);
    await using ours = place.#open();
    for (const [path, data] of Object.entries(BEFORE)) await ours.create(path, { data });
    await ours.sync();
    await using other = new GitSyncFileBackend({ remoteUrl: place.#remote, path: join(theirs, 'clone') });
    await prepare?.(ours, other);
    Object.assign(given, typeof input === 'function' ? await input(ours) : input);
    await ours.close();
    await other.close();
    fs.rmSync(theirs, { recursive: true });
    place.keep();
    return place;
  }

  #open(): GitSyncFileBackend {
    return new GitSyncFileBackend({ remoteUrl: this.#remote, path: this.#clone });
  }

  async contents(): Promise<Contents> {
    await using vault = this.#open();
    return await textsOf(vault);
  }

  async workOn(): Promise<void> {
    await using vault = this.#open();
    try {
      await vault.sync();
    } catch (error) {
      // It was settled in part at most: then it stands, or is found again.
      if (!isFileBackendError(error, 'SYNC_CONFLICT')) throw error;
      for (const { path } of await vault.conflictReport()) await vault.conflictAcceptRemote(path);
      await vault.sync();
    }
    await changeAnew(vault);
    await vault.sync();
    const settled = Object.keys(await textsOf(vault)).sort();
    const published = git(this.#remote, 'ls-tree', '-r', '--name-only', 'main').trim().split('\n').sort();
    if (`${settled}` !== `${published}`) throw new Error(`Published is ${published}, not ${settled}`);
    git(this.#clone, 'fsck', '--strict');
    const status = git(this.#clone, 'status', '--porcelain');
    if (status !== '') throw new Error(`Something is left to commit: ${status}`);
  }
}

function git(folder: string, ...args: string[]): string {
  return execFileSync('git', ['-C', folder, ...args], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
}

async function textsOf(vault: FileBackend): Promise<Contents> {
  const texts: Record<string, string> = {};
  for (const path of await vault.globFiles('**')) texts[path] = await vault.read(path, { binary: false });
  return texts;
}

async function changeAnew(vault: FileBackend): Promise<void> {
  await vault.create('a.md', { data: 'anew', overwrite: true });
  await vault.edit('a.md', (bytes) => Buffer.concat([bytes, Buffer.from('!')]));
}
