import fs from 'node:fs';
import { join } from 'node:path';
import { afterAll, onTestFinished } from 'vitest';
import { GitSyncFileBackend, type GitSyncFileBackendOptions } from '../src/index.ts';
import { makeFolder, makeRemote, temporaryFolder } from './repository.ts';

/** A remote on this machine, and any number of clones of it, all gone after the test. */
export class Vaults {
  readonly folder: string = temporaryFolder();
  readonly remote: string = makeRemote(this.folder);
  /** What every clone is opened with. */
  options: Partial<GitSyncFileBackendOptions> = {};

  /** The folder of a clone. */
  at(name: string): string {
    return join(this.folder, name);
  }

  async open(name: string, options: Partial<GitSyncFileBackendOptions> = {}): Promise<GitSyncFileBackend> {
    const vault = new GitSyncFileBackend({
      remoteUrl: this.remote,
      path: this.at(name),
      ...this.options,
      ...options,
    });
    onTestFinished(() => vault[Symbol.asyncDispose]());
    return await vault.open();
  }

  /** Two clones that both hold `files`. */
  async two(
    files: Readonly<Record<string, string>> = {},
  ): Promise<readonly [ours: GitSyncFileBackend, theirs: GitSyncFileBackend]> {
    if (Object.keys(this.options).length === 0) await this.#copyTemplate(files);
    else await this.#build(files);
    return [await this.open('ours'), await this.open('theirs')];
  }

  async #build(files: Readonly<Record<string, string>>): Promise<void> {
    const ours = await this.open('ours');
    for (const [path, data] of Object.entries(files)) await ours.create(path, { data });
    if (Object.keys(files).length > 0) await ours.push({ message: 'The first files' });
    await this.open('theirs');
  }

  /** Making two clones takes seventeen processes; those of the same files are made once, and copied. */
  async #copyTemplate(files: Readonly<Record<string, string>>): Promise<void> {
    const key = JSON.stringify(files);
    const template = templates.get(key) ?? makeTemplate(files);
    templates.set(key, template);
    const from = await template;
    for (const name of ['remote.git', 'ours', 'theirs']) {
      fs.cpSync(join(from, name), this.at(name), { recursive: true, preserveTimestamps: true, force: true });
    }
    for (const name of ['ours', 'theirs']) {
      for (const file of ['config', 'f9/origin']) {
        const path = join(this.at(name), '.git', file);
        fs.writeFileSync(path, fs.readFileSync(path, 'utf8').replaceAll(from, this.folder));
      }
    }
  }
}

const templates = new Map<string, Promise<string>>();

async function makeTemplate(files: Readonly<Record<string, string>>): Promise<string> {
  const folder = makeFolder();
  const remoteUrl = makeRemote(folder);
  const open = (name: string): Promise<GitSyncFileBackend> =>
    GitSyncFileBackend.open({ remoteUrl, path: join(folder, name) });
  await using ours = await open('ours');
  for (const [path, data] of Object.entries(files)) await ours.create(path, { data });
  if (Object.keys(files).length > 0) await ours.push({ message: 'The first files' });
  await using _theirs = await open('theirs');
  return folder;
}

afterAll(async () => {
  for (const folder of templates.values()) fs.rmSync(await folder, { recursive: true, force: true });
  templates.clear();
});

/** Every file of a vault with its text. */
export async function contentsOf(vault: GitSyncFileBackend): Promise<Record<string, string>> {
  const contents: Record<string, string> = {};
  for (const path of await vault.globFiles('**', { dot: true })) {
    contents[path] = await vault.read(path, { binary: false });
  }
  return contents;
}

export function textOf(bytes: Uint8Array | undefined): string | undefined {
  return bytes && new TextDecoder().decode(bytes);
}
