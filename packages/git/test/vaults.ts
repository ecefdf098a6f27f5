import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { GitSyncFileBackend, type GitSyncFileBackendOptions } from '../src/index.ts';
import { makeRemote, temporaryFolder } from './repository.ts';

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
    const ours = await this.open('ours');
    for (const [path, data] of Object.entries(files)) await ours.create(path, { data });
    if (Object.keys(files).length > 0) await ours.push({ message: 'The first files' });
    return [ours, await this.open('theirs')];
  }
}

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
