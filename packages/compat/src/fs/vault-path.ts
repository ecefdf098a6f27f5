import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { type BackendPath, normalizePath } from '@f9/core/driver';
import { errnoException } from '../errors/node-error.ts';
import { translated } from '../errors/translate.ts';

/** What Node's file functions take for a path. Relative ones start at the root of the vault. */
export type PathLike = string | Uint8Array | URL;

/** The path as text, as errors show it. */
export function pathText(path: PathLike): string {
  if (path instanceof URL) return fileURLToPath(path);
  return path instanceof Uint8Array ? Buffer.from(path).toString() : path;
}

/** On Windows, where `path.resolve('/a')` is `C:\a`, the path without its drive: a vault has none. */
export function withoutDrive(text: string): string {
  return process.platform === 'win32' ? text.replace(/^[a-z]:(?=[\\/])/i, '') : text;
}

/** Runs `body` on the path as a backend takes it, and lets it fail as `syscall` of Node would. */
export async function atPath<T>(
  syscall: string,
  path: PathLike,
  body: (path: BackendPath, text: string) => Promise<T>,
): Promise<T> {
  const text = pathText(path);
  if (text === '') throw errnoException('ENOENT', syscall, text);
  return await translated(async () => await body(normalizePath(withoutDrive(text)), text), {
    syscall,
    path: text,
  });
}

/** As `atPath`, for two. */
export async function atPaths<T>(
  syscall: string,
  from: PathLike,
  to: PathLike,
  body: (from: BackendPath, to: BackendPath) => Promise<T>,
): Promise<T> {
  const [text, dest] = [pathText(from), pathText(to)];
  if (dest === '') throw errnoException('ENOENT', syscall, text, dest);
  return await atPath(syscall, from, (source) =>
    atPath(syscall, to, async (target) =>
      translated(() => body(source, target), { syscall, path: text, dest }),
    ),
  );
}

/** The path with its slash, which the rich interface takes for the root too. */
export function rooted(path: BackendPath): string {
  return `/${path}`;
}

/** A path below a directory, in the style of `path.join`. */
export function joined(directory: string, name: string): string {
  return directory.endsWith('/') ? `${directory}${name}` : `${directory}/${name}`;
}
