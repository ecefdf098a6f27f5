import { mkdir, readFile, realpath, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import envPaths from 'env-paths';
import { UsageError } from '../terminal/errors.ts';
import type { Io } from '../terminal/io.ts';

/** The content of the config file. */
export interface Config {
  /** URIs by name; they may hold secrets. */
  readonly vaults: Readonly<Record<string, string>>;
  /** Names of packages that export plugins. */
  readonly plugins: readonly string[];
}

const EMPTY: Config = { vaults: {}, plugins: [] };

/**
 * The path of the config file: `--config`, else F9_CONFIG, else the system's place for it; absolute. @throws `UsageError` for a URI
 */
export function configPath(option: string | undefined, { env, cwd }: Io): string {
  // The value is not repeated, since it may hold a secret. A single letter is a drive of Windows.
  if (option !== undefined && /^[a-z][a-z\d+.-]+:/i.test(option)) {
    throw new UsageError('--config takes the path of a file, not a URI');
  }
  const path = option ?? (env.F9_CONFIG || join(envPaths('f9', { suffix: '' }).config, 'config.json'));
  return resolve(cwd, path);
}

/**
 * Reads the config file. A missing one counts as empty, unless somebody named it.
 *
 * @param named whether it must exist
 * @throws `UsageError` for wrong content
 */
export async function readConfig(path: string, named = false): Promise<Config> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' && !named) return EMPTY;
    if (code === 'ENOENT') throw new UsageError(`there is no config file ${path}; f9 vaults add makes one`);
    throw new UsageError(`the config file ${path} cannot be read (${code})`);
  }
  return parseConfig(text, path);
}

function parseConfig(text: string, path: string): Config {
  const wrong = (why: string): UsageError => new UsageError(`the config file ${path} ${why}`);
  let config: unknown;
  try {
    config = JSON.parse(text);
  } catch {
    // The parser's own message quotes the text, which may hold secrets.
    throw wrong('is not JSON');
  }
  if (!isObject(config)) throw wrong('must hold an object: { "vaults": {}, "plugins": [] }');
  const { vaults = {}, plugins = [], ...rest } = config;
  for (const key of Object.keys(rest)) {
    throw wrong(`has ${JSON.stringify(key)}, which means nothing; it may have "vaults" and "plugins"`);
  }
  if (!isObject(vaults) || !Object.values(vaults).every(isString)) {
    throw wrong('must have URIs by name as its "vaults"');
  }
  if (!Array.isArray(plugins) || !plugins.every(isString)) {
    throw wrong('must have a list of package names as its "plugins"');
  }
  return { vaults: vaults as Record<string, string>, plugins };
}

/** Replaces the file as a whole. Only its owner can read it, since URIs may hold secrets. */
export async function writeConfig(path: string, config: Config): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  // A symlink to the real file stays one.
  const target = await realpath(path).catch(() => path);
  const staged = `${target}.${process.pid}.tmp`;
  try {
    await writeFile(staged, `${JSON.stringify(config, undefined, 2)}\n`, { mode: 0o600, flag: 'wx' });
    await rename(staged, target);
  } finally {
    await rm(staged, { force: true });
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isString(value: unknown): value is string {
  return typeof value === 'string';
}
