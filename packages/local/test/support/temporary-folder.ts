import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { onTestFinished } from 'vitest';
import { fateOf, ownerOf } from '../../src/state/process-identity.ts';

/** A new folder, its path free of symlinks. */
export function makeFolder(): string {
  return fs.realpathSync(fs.mkdtempSync(join(tmpdir(), 'f9-local-')));
}

/** A new folder for the running test, removed after it. */
export function temporaryFolder(): string {
  const folder = makeFolder();
  onTestFinished(() => fs.rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Writes files by their paths below `folder`. */
export function plant(folder: string, files: Record<string, string | Uint8Array>): void {
  for (const [path, content] of Object.entries(files)) {
    fs.mkdirSync(join(folder, path, '..'), { recursive: true });
    fs.writeFileSync(join(folder, path), content);
  }
}

/** Every path below `folder`, leftovers of f9 among them; not what it keeps in a state directory while it works there. */
export function everything(folder: string): string[] {
  return fs
    .readdirSync(folder, { recursive: true })
    .map(String)
    .filter((path) => !isKept(basename(path), join(folder, path)))
    .sort();
}

/** Whether it is the token or the empty staging directory of a thread that runs, or what keeps git away. */
function isKept(name: string, path: string): boolean {
  if (name === '.gitignore') return true;
  const owner = ownerOf(name.replace(/^staging\./, ''));
  if (owner === undefined || fateOf(owner) !== 'running') return false;
  const stats = fs.lstatSync(path);
  return stats.isDirectory() ? fs.readdirSync(path).length === 0 : stats.isSymbolicLink();
}
