import type { FileBackend, ListedInfo } from '@f9/core';
import { applyEdits, grep, textOf } from '@f9/text/files';
import type { BackendProtocolV2, FileInfo } from 'deepagents';
import { type GuardOptions, guardVault } from '../guard-vault.ts';
import { belowDirectory, directoryFrom } from '../tools/paths.ts';
import { answered, failureOf } from './failures.ts';
import { readPart, readWhole } from './files.ts';

/** The whole protocol of a deep agents backend. */
export type VaultBackend = Required<BackendProtocolV2>;

/**
 * A vault as the files of a deep agent: `createDeepAgent({ backend: deepAgentsBackend(vault), … })`. Paths in answers are absolute,
 * so that the agent's permissions apply to them. A failure is an answer with `error`; nothing is thrown.
 */
export function deepAgentsBackend(given: FileBackend, options: GuardOptions = {}): VaultBackend {
  const vault = guardVault(given, options);
  const isMissing = async (path: string): Promise<boolean> => path !== '' && !(await vault.exists(path));
  return {
    ls: (path) =>
      answered(async () => {
        const files: FileInfo[] = [];
        const at = inside(path);
        if (await isMissing(at)) return { files };
        for await (const entry of vault.list(at)) files.push(seen(entry));
        return { files };
      }),
    read: (path, offset = 0, limit = 500) => answered(() => readPart(vault, inside(path), offset, limit)),
    readRaw: (path) => answered(() => readWhole(vault, inside(path))),
    write: (path, content) =>
      answered(async () => {
        await vault.create(inside(path), { data: content, overwrite: true });
        return { path, filesUpdate: null };
      }),
    edit: (path, search, replace, all = false) =>
      answered(async () => {
        let occurrences = 0;
        await vault.edit(inside(path), (bytes) => {
          const before = textOf(bytes, path);
          const after = applyEdits(before, [{ search, replace, all }], path);
          occurrences = unix(before).split(unix(search)).length - 1;
          return after === before ? undefined : after;
        });
        return { path, filesUpdate: null, occurrences };
      }),
    grep: (pattern, path, glob, maxCount) =>
      answered(async () => {
        const at = inside(path ?? '/');
        if (await isMissing(at)) return { matches: [] };
        const { matches, truncated, skipped } = await grep(vault, pattern, {
          path: `/${at}`,
          dot: true,
          ...(glob == null ? {} : { glob: glob.includes('/') ? glob.replace(/^\/+/, '') : `**/${glob}` }),
          ...(maxCount == null ? {} : { maxMatches: maxCount }),
        });
        return {
          matches: matches.map(({ path: file, line, text }) => ({ path: `/${file}`, line, text })),
          truncated: truncated || skipped.failed.length > 0,
        };
      }),
    glob: (pattern, path = '/') =>
      answered(async () => {
        const base = inside(path);
        if (await isMissing(base)) return { files: [] };
        const found = await vault.globInfo(belowDirectory(base, pattern), { includeDirs: true, dot: true });
        return { files: found.map(seen) };
      }),
    delete: (path) =>
      answered(async () => {
        await vault.delete(inside(path), { recursive: true });
        return { path, filesUpdate: null };
      }),
    uploadFiles: async (files) => {
      const uploaded = [];
      for (const [path, data] of files)
        uploaded.push({
          path,
          error: await failureOf(vault.create(inside(path), { data, overwrite: true })),
        });
      return uploaded;
    },
    downloadFiles: async (paths) => {
      const downloaded = [];
      for (const path of paths) {
        const reading = vault.read(inside(path));
        const error = await failureOf(reading);
        downloaded.push({ path, error, content: error === null ? await reading : null });
      }
      return downloaded;
    },
  };
}

/** The vault's path for an agent's, which begins with `/` and, for a directory, may end with one. */
function inside(path: string): string {
  return directoryFrom(path.replace(/^\/+/, ''));
}

function seen({ path, isDir, size, modifiedAt }: ListedInfo): FileInfo {
  return {
    path: `/${path}${isDir ? '/' : ''}`,
    is_dir: isDir,
    ...(size === undefined ? {} : { size }),
    ...(modifiedAt === undefined ? {} : { modified_at: modifiedAt.toISOString() }),
  };
}

/** A text with LF only, since edits treat CRLF and LF alike. */
function unix(text: string): string {
  return text.replaceAll('\r\n', '\n');
}
