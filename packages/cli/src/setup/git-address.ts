import { stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Context } from '../context.ts';

/**
 * The URI for the address of a git host, or for the folder of a bare repository, as people give them for a vault; other texts as they
 * are.
 */
export async function meantVault({ vaults, io }: Context, text: string): Promise<string> {
  const { schemes } = await vaults.factory();
  // A plugin may open it as it is.
  if (schemes.includes(/^([a-z][a-z\d+.-]*):/i.exec(text)?.[1]?.toLowerCase() ?? '')) return text;
  const uri = uriOfGitAddress(text);
  if (uri !== text || /^[a-z][a-z\d+.-]+:/i.test(text)) return uri;
  const folder = resolve(io.cwd, text);
  return (await isBareRepository(folder)) ? `git+${pathToFileURL(folder).href}` : text;
}

/** The URI for an address as people copy it from their git host; other texts as they are. */
export function uriOfGitAddress(text: string): string {
  if (/^(?:https?|ssh):\/\//i.test(text)) return `git+${text}`;
  // The form of scp: git@host:owner/repo.git
  const [, user, host, path] = /^([^@/\s]+)@([^:/\s]+):(?!\/\/)(.+)$/.exec(text) ?? [];
  return host === undefined ? text : `git+ssh://${user}@${host}/${path}`;
}

/** Whether a folder is a bare repository, whose files are git's own and nobody's notes. */
async function isBareRepository(folder: string): Promise<boolean> {
  const parts = ['HEAD', 'objects', 'refs'].map((name) => stat(join(folder, name)));
  return (await Promise.allSettled(parts)).every(({ status }) => status === 'fulfilled');
}
