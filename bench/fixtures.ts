import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A folder of its own on the disk of the temporary directory, or on tmpfs where there is one; freed by `remove`. */
export function makeFolder(where: 'disk' | 'tmpfs' = 'disk'): { readonly path: string; remove(): void } {
  const path = mkdtempSync(join(where === 'tmpfs' ? '/dev/shm' : tmpdir(), 'f9-bench-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** `count` files below `root`, 100 to a directory, 10 directories to a directory; a tenth of them end in `.ts`. */
export function makeTree(root: string, count: number, content: string | Uint8Array = ''): string[] {
  const paths: string[] = [];
  for (let i = 0; i < count; i++) {
    const directory = `d${Math.floor(i / 1000)}/e${Math.floor(i / 100) % 10}`;
    if (i % 100 === 0) mkdirSync(join(root, directory), { recursive: true });
    const path = `${directory}/file-${i}${i % 10 === 0 ? '.ts' : '.md'}`;
    writeFileSync(join(root, path), content);
    paths.push(path);
  }
  return paths;
}

/** `bytes` of data that does not repeat soon. */
export function makeData(bytes: number): Uint8Array {
  const data = Buffer.allocUnsafe(bytes);
  let state = 1;
  for (let i = 0; i + 4 <= bytes; i += 4) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    data.writeUInt32LE(state, i);
  }
  return data;
}

/** A folder for what f9 remembers of folders that it only reads, for this process and those that it starts. */
export function makeCache(): { remove(): void } {
  const folder = makeFolder();
  process.env.F9_CACHE = folder.path;
  return folder;
}

/** Lets f9 know nothing of what it read before. */
export async function forgetChecksums(): Promise<void> {
  rmSync(join(process.env.F9_CACHE!, 'checksums'), { recursive: true, force: true });
}
