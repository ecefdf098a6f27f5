import { statSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { FileBackend } from '@f9/core';
import { backendError } from '@f9/core/driver';
import { resolveBackend } from '@f9/factory';
import type { ServedVaults } from '../server/options.ts';

/** Finds a vault by its name; `undefined` where the name is not known. */
export type FindVault = (name: string) => Promise<FileBackend | undefined>;

/** Vaults that were opened; disposing this closes them. */
export interface OpenedVaults extends AsyncDisposable {
  readonly vaults: ServedVaults;
  /** Folders of this machine, with their paths in the tree. */
  readonly hostRoots: ReadonlyMap<string, string>;
}

/** Opens the vaults on the command line: folders, URIs, or names that `find` knows, each maybe with `name=` before it. */
export async function openVaults(places: readonly string[], find: FindVault): Promise<OpenedVaults> {
  if (places.length === 0) {
    throw backendError('INVALID_ARGUMENT', 'Say which vault to serve: a folder or a URI; see f9-mcp --help');
  }
  const opened = new Map<string, FileBackend>();
  const hostRoots = new Map<string, string>();
  const several = places.length > 1;
  try {
    for (const place of places) {
      const [, given, where] = /^(?:([A-Za-z0-9][\w.-]{0,63})=)?(.*)$/s.exec(place)!;
      const name = given ?? nameOf(where!);
      if (opened.has(name)) {
        throw backendError('INVALID_ARGUMENT', `Two vaults are called ${name}; name them: other=${where}`);
      }
      const { vault, folder } = await open(where!, find);
      opened.set(name, vault);
      if (folder !== undefined) hostRoots.set(folder, several ? name : '');
    }
  } catch (error) {
    await dispose(opened.values());
    throw error;
  }
  const [only] = opened.values();
  return {
    vaults: several ? Object.fromEntries(opened) : only!,
    hostRoots,
    [Symbol.asyncDispose]: () => dispose(opened.values()),
  };
}

async function open(
  where: string,
  find: FindVault,
): Promise<{ readonly vault: FileBackend; readonly folder?: string }> {
  const known = await find(where);
  if (known !== undefined) return { vault: known };
  // A single letter before the colon is a drive.
  if (/^[a-z][a-z0-9+.-]+:/i.test(where)) return { vault: await resolveBackend(where) };
  // No shell opens a tilde in a client's settings, and some do not behind `name=`.
  const folder = /^~(?=$|[/\\])/.test(where) ? join(homedir(), where.slice(1)) : resolve(where);
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true) {
    throw backendError('NOT_FOUND', `${where} is no folder, no URI and no vault that is known`);
  }
  return { vault: await resolveBackend(pathToFileURL(folder).href), folder };
}

function nameOf(where: string): string {
  const name =
    where
      .replace(/[?#].*$/s, '')
      .split(/[/\\:]+/)
      .filter((part) => part !== '')
      .at(-1) ?? 'vault';
  return name.replace(/[^\w.-]/g, '-').replace(/^[^A-Za-z0-9]+/, '') || 'vault';
}

async function dispose(vaults: Iterable<FileBackend>): Promise<void> {
  for (const vault of vaults) await vault[Symbol.asyncDispose]();
}
