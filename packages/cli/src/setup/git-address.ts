import { stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Context } from '../context.ts';

/** What people give for a vault, as f9 takes it: the address of their git host, or the folder of a bare repository, as a URI. */
export async function meantVault({ vaults, io }: Context, text: string): Promise<string> {
  const { schemes } = await vaults.factory();
  // A plugin may open it as it is.
  if (schemes.includes(/^([a-z][a-z\d+.-]*):/i.exec(text)?.[1]?.toLowerCase() ?? '')) return text;
  const uri = uriOfGitAddress(text);
  if (uri !== text || /^[a-z][a-z\d+.-]+:/i.test(text)) return uri;
  const folder = resolve(io.cwd, text);
  return (await isBareRepository(folder)) ? `git+${pathToFileURL(folder).href}` : text;
}

/** What people copy from their git host, as a URI of f9; anything else as it is. */
export function uriOfGitAddress(text: string): string {
  if (/^(?:https?|ssh):\/\//i.test(text)) return `git+${text}`;
  // As scp writes it: git@host:owner/repo.git
  const [, user, host, path] = /^([^@/\s]+)@([^:/\s]+):(?!\/\/)(.+)$/.exec(text) ?? [];
  return host === undefined ? text : `git+ssh://${user}@${host}/${path}`;
}

/** Its files are git's own, and nobody's notes. */
async function isBareRepository(folder: string): Promise<boolean> {
  const parts = ['HEAD', 'objects', 'refs'].map((name) => stat(join(folder, name)));
  return (await Promise.allSettled(parts)).every(({ status }) => status === 'fulfilled');
}
