import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { type BackendPath, normalizePath } from '@f9/core/driver';
import { invalidType, invalidValue } from '../errors/invalid-argument.ts';
import { errnoException } from '../errors/node-error.ts';
import { translated } from '../errors/translate.ts';

/** Paths that Node's file functions take. Relative ones start at the root of the vault. */
export type PathLike = string | Uint8Array | URL;

/**
 * The path as text, as errors show it.
 *
 * @param name of the argument
 * @throws `ERR_INVALID_ARG_TYPE`, `ERR_INVALID_ARG_VALUE`
 */
export function pathText(path: PathLike, name: string = 'path'): string {
  const text = path instanceof Uint8Array ? Buffer.from(path).toString() : path;
  if (text instanceof URL) return fileURLToPath(text);
  if (typeof text !== 'string') {
    throw invalidType(name, 'of type string or an instance of Buffer or URL', path);
  }
  if (!text.includes('\0')) return text;
  throw invalidValue(name, 'must be a string, Uint8Array, or URL without null bytes', path);
}

/** The path without its drive, since a vault has none: on Windows `path.resolve('/a')` is `C:\a`. */
export function withoutDrive(text: string): string {
  return process.platform === 'win32' ? text.replace(/^[a-z]:(?=[\\/])/i, '') : text;
}

/** Runs `body` on the path in the form that a backend takes; failures name Node's `syscall`. @param name of the argument */
export async function atPath<T>(
  syscall: string,
  path: PathLike,
  body: (path: BackendPath, text: string) => Promise<T>,
  name: string = 'path',
): Promise<T> {
  const text = pathText(path, name);
  if (text === '') throw errnoException('ENOENT', syscall, text);
  return await translated(async () => await body(normalizePath(withoutDrive(text)), text), {
    syscall,
    path: text,
  });
}

/** Like `atPath`, for two paths. */
export async function atPaths<T>(
  syscall: string,
  from: PathLike,
  to: PathLike,
  body: (from: BackendPath, to: BackendPath) => Promise<T>,
): Promise<T> {
  const [fromName, toName] = syscall === 'rename' ? ['oldPath', 'newPath'] : ['src', 'dest'];
  const [text, dest] = [pathText(from, fromName), pathText(to, toName)];
  if (dest === '') throw errnoException('ENOENT', syscall, text, dest);
  return await atPath(syscall, from, (source) =>
    atPath(syscall, to, async (target) =>
      translated(() => body(source, target), { syscall, path: text, dest }),
    ),
  );
}

/** The path with a slash in front, so that the root has a name in the rich interface too. */
export function rooted(path: BackendPath): string {
  return `/${path}`;
}

/** A path below a directory, in the style of `path.join`. */
export function joined(directory: string, name: string): string {
  return directory.endsWith('/') ? `${directory}${name}` : `${directory}/${name}`;
}
