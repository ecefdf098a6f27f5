import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

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

/** Every path below `folder`, what f9 keeps for itself among them. */
export function everything(folder: string): string[] {
  return fs.readdirSync(folder, { recursive: true }).map(String).sort();
}
