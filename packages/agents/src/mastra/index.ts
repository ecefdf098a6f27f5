import { randomUUID } from 'node:crypto';
import { posix } from 'node:path';
import { type FileBackend, isFileBackendError, type ListedInfo, mediaType } from '@f9/core';
import { backendError, normalizePath } from '@f9/core/driver';
import type { FileEntry, FileStat, WorkspaceFilesystem } from '@mastra/core/workspace';
import { type GuardOptions, guardVault } from '../guard-vault.ts';
import { workspaceError } from './failures.ts';
import { VersionDates } from './version-dates.ts';

/**
 * A vault as the files of a Mastra workspace: `new Workspace({ filesystem: mastraFilesystem(vault) })`. A file that somebody else
 * wrote since it was looked at is not overwritten, whatever its date. The vault stays yours to close.
 */
export function mastraFilesystem(given: FileBackend, options: GuardOptions = {}): WorkspaceFilesystem {
  const vault = guardVault(given, options);
  const dates = new VersionDates(vault);
  const id = `f9-${randomUUID()}`;
  return {
    id,
    name: `f9 ${vault.name}`,
    provider: id, // The framework takes filesystems of one provider for one store of files.
    readOnly: options.readOnly ?? false,
    status: 'ready',
    getInstructions: () => 'A vault of files. Paths start at /; directories are made where they are missing.',
    readFile: (path, { encoding } = {}) =>
      at(path, 'file', async (file) => {
        const bytes = Buffer.from(await vault.read(file));
        return encoding === undefined ? bytes : bytes.toString(encoding);
      }),
    writeFile: (path, data, { overwrite = true, recursive = true, expectedMtime } = {}) =>
      at(path, 'file', async (file) => {
        if (!recursive) await assertParent(vault, file);
        if (expectedMtime !== undefined) await dates.update(file, expectedMtime, data);
        else await vault.create(file, { data, overwrite });
      }),
    appendFile: (path, data) =>
      at(path, 'file', async (file) => {
        await vault.update(file, { data, append: true, create: true });
      }),
    deleteFile: (path, { force = false } = {}) =>
      at(path, 'file', async (file) => {
        if (force && !(await vault.exists(file))) return;
        await assertKind(vault, file, 'file');
        await vault.delete(file);
      }),
    copyFile: (from, to, { overwrite = true, recursive = false } = {}) =>
      at(from, 'file', async (file) => {
        if (!recursive) await assertKind(vault, file, 'file');
        await vault.copy(file, normalizePath(to), { overwrite });
      }),
    moveFile: (from, to, { overwrite = true } = {}) =>
      at(from, 'file', async (file) => {
        await vault.move(file, normalizePath(to), { overwrite });
      }),
    mkdir: (path, { recursive = true } = {}) =>
      at(path, 'directory', async (directory) => {
        if (!recursive) await assertParent(vault, directory);
        await vault.create(directory, { isDirectory: true }).catch(async (error: unknown) => {
          const isThere = isFileBackendError(error, 'ALREADY_EXISTS') && (await vault.info(directory)).isDir;
          if (!isThere) throw error;
        });
      }),
    rmdir: (path, { recursive = false, force = false } = {}) =>
      at(path, 'directory', async (directory) => {
        if (force && !(await vault.exists(directory))) return;
        await assertKind(vault, directory, 'directory');
        await vault.delete(directory, { recursive });
      }),
    readdir: (path, { recursive = false, maxDepth = 100, extension = [] } = {}) =>
      at(path, 'directory', async (directory) => {
        const wanted = [extension].flat().map((each) => (each.startsWith('.') ? each : `.${each}`));
        const entries: FileEntry[] = [];
        const depth = recursive ? { recursive, maxDepth: maxDepth + 1 } : {};
        for await (const entry of vault.list(directory, depth)) {
          const isWanted = wanted.length === 0 || wanted.includes(posix.extname(entry.path));
          if (entry.isDir || isWanted) entries.push(entryOf(entry, directory));
        }
        return entries;
      }),
    exists: (path) => at(path, 'file', async (any) => any === '' || (await vault.exists(any))),
    stat: (path) =>
      at(path, 'file', async (any): Promise<FileStat> => {
        if (any === '')
          return {
            name: '',
            path: '/',
            type: 'directory',
            size: 0,
            createdAt: new Date(0),
            modifiedAt: new Date(0),
          };
        const info = await vault.info(any);
        const modifiedAt = dates.of(info);
        return {
          ...entryOf(info, posix.dirname(info.path)),
          name: posix.basename(info.path),
          path: `/${info.path}`,
          size: info.size ?? 0,
          createdAt: info.createdAt ?? modifiedAt,
          modifiedAt,
          ...(info.isDir ? {} : { mimeType: mediaType(info.path) }),
        };
      }),
  };
}

/** Runs `work` on the vault's path for `path`, with the framework's errors. */
async function at<T>(
  path: string,
  kind: 'file' | 'directory',
  work: (path: string) => Promise<T>,
): Promise<T> {
  try {
    return await work(normalizePath(path));
  } catch (error) {
    throw workspaceError(error, path, kind);
  }
}

async function assertParent(vault: FileBackend, path: string): Promise<void> {
  const parent = posix.dirname(path);
  if (parent !== '.') await at(parent, 'directory', () => vault.info(parent));
}

async function assertKind(vault: FileBackend, path: string, kind: 'file' | 'directory'): Promise<void> {
  const { isDir } = await vault.info(path);
  if (isDir === (kind === 'directory')) return;
  throw backendError(isDir ? 'IS_DIRECTORY' : 'NOT_DIRECTORY', `${JSON.stringify(path)} is no ${kind}`, {
    path,
  });
}

function entryOf({ path, isDir, size }: ListedInfo, directory: string): FileEntry {
  const name = directory === '' ? path : path.slice(directory.length + 1);
  return { name, type: isDir ? 'directory' : 'file', ...(size === undefined ? {} : { size }) };
}
