import { realpath, stat } from 'node:fs/promises';
import { basename, dirname, resolve, sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { FileBackend } from '@f9/core';
import { backendError, normalizePath } from '@f9/core/driver';
import type { BackendFactory } from '@f9/factory';
import type { VaultRegistry } from '@f9/registry';
import type { Io } from '../terminal/io.ts';
import { withoutUris } from '../terminal/text.ts';
import { type Config, readConfig, writeConfig } from './config.ts';
import { isVaultName, type Location, parseLocation, uriLocation } from './location.ts';
import { type PathUse, plainName, splitPlainPath } from './plain-path.ts';

/** A path in a vault that is ready to be worked with. */
export interface Place {
  readonly backend: FileBackend;
  /** The path, normalised; `/` is the root. */
  readonly path: string;
  /** The name of another path of the vault at the command line, without secrets. */
  nameOf(path: string): string;
  /** The address of another path of the vault. Paths below it begin with it, and a folder under two names has only one. */
  addressOf(path: string): string;
}

export interface VaultsOptions {
  readonly cwd: string;
  readonly env: Io['env'];
  readonly configPath: string;
  /** Whether the command line names the config file, which must then exist. */
  readonly isConfigNamed: boolean;
  /** Names of packages, beside those of the config file. */
  readonly plugins: readonly string[];
}

/** Opens the vaults that arguments name, each once, and closes them at the end. Backends are loaded only when needed. */
export class Vaults implements AsyncDisposable {
  readonly #options: VaultsOptions;
  /** Backends of URIs and plain paths. */
  readonly #backends = new Map<string, Promise<FileBackend>>();
  #config: Promise<Config> | undefined;
  #factory: Promise<BackendFactory> | undefined;
  #registry: Promise<VaultRegistry> | undefined;

  constructor(options: VaultsOptions) {
    this.#options = options;
  }

  /** The content of the config file, read when first asked for. */
  config(): Promise<Config> {
    const { configPath, isConfigNamed } = this.#options;
    this.#config ??= readConfig(configPath, isConfigNamed);
    return this.#config;
  }

  /** Keeps a URI under a name, in the config file and for vaults opened next. */
  async name(name: string, uri: string): Promise<void> {
    const config = await this.config();
    const named: Config = { ...config, vaults: { ...config.vaults, [name]: uri } };
    await writeConfig(this.#options.configPath, named);
    this.#config = Promise.resolve(named);
    await (await this.#registry)?.[Symbol.asyncDispose]();
    this.#registry = undefined;
  }

  factory(): Promise<BackendFactory> {
    this.#factory ??= this.#makeFactory();
    return this.#factory;
  }

  /** The meaning of an argument. Where no vault is called "sqlite", `sqlite:./notes.db` is a URI. @throws `UsageError` */
  async locate(text: string): Promise<Location> {
    const location = parseLocation(text);
    if (location.kind !== 'vault' || Object.hasOwn((await this.config()).vaults, location.name))
      return location;
    const { schemes } = await this.factory();
    return schemes.includes(location.name) ? uriLocation(text) : location;
  }

  /** @throws `UsageError`; `NOT_FOUND` for a name of no vault; `INVALID_URI`, `INVALID_PATH`, `PATH_OUTSIDE_ROOT` */
  async open(text: string, use: PathUse = 'entry'): Promise<Place> {
    const location = await this.locate(text);
    if (location.kind === 'path') return await this.#openPath(location.path, use);
    const path = location.path === '' ? '/' : normalizePath(location.path) || '/';
    if (location.kind === 'uri') {
      if (use === 'tree') await this.#assertFolder(location.uri, this.#options.cwd);
      return await this.#openUri(location.uri, path);
    }
    const uri = await this.uriOf(location.name);
    if (use === 'tree') await this.#assertFolder(uri, this.#configDirectory);
    this.#registry ??= this.#makeRegistry();
    return {
      backend: await (await this.#registry).get(location.name),
      path,
      nameOf: (inner) => `${location.name}:${withoutRoot(inner)}`,
      addressOf: await this.#addresses(uri, this.#configDirectory),
    };
  }

  /** The URI behind a name, secrets included. @throws `NOT_FOUND` */
  async uriOf(name: string): Promise<string> {
    const { vaults } = await this.config();
    const uri = Object.hasOwn(vaults, name) ? vaults[name] : undefined;
    if (uri !== undefined) return uri;
    const names = Object.keys(vaults).join(', ');
    const shown = withoutUris(name);
    throw backendError(
      'NOT_FOUND',
      `There is no vault ${JSON.stringify(shown)}; ${names === '' ? 'there are none' : `there are ${names}`}. ` +
        `f9 vaults add ${isVaultName(name) ? name : 'NAME'} URI makes one; a file of that name is ./${shown}:`,
    );
  }

  /** Opens a URI that has no name yet. @throws what opening throws; `NOT_FOUND` for a folder that is not there */
  async tryOpen(uri: string, signal: AbortSignal): Promise<void> {
    await this.#assertFolder(uri, this.#options.cwd);
    await (await this.#resolve(uri)).exists('/', { signal });
  }

  /** A URI in a form that may be shown. */
  async shownUri(uri: string): Promise<string> {
    const { formatUri } = await import('@f9/factory');
    try {
      return formatUri(await (await this.factory()).parseUri(uri));
    } catch {
      return withoutUris(uri);
    }
  }

  /** An argument in a form that may be shown, whether or not it has a meaning. */
  async shown(text: string): Promise<string> {
    try {
      const location = await this.locate(text);
      if (location.kind === 'path') return text;
      if (location.kind === 'vault') {
        await this.uriOf(location.name);
        return text;
      }
      const shown = await this.shownUri(location.uri);
      return location.path === '' || shown.endsWith('…') ? shown : `${shown}#${location.path}`;
    } catch {
      // A password may follow the colon, whatever the text was meant to be.
      return text.replace(/:.*/s, ':…');
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const backends = await Promise.allSettled(this.#backends.values());
    const open = backends.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
    const registry = await this.#registry?.catch(() => undefined);
    await Promise.all([...open, registry].map((owner) => owner?.[Symbol.asyncDispose]()));
  }

  get #configDirectory(): string {
    return dirname(this.#options.configPath);
  }

  /** Refuses a folder that does not exist: the library would make it at the first write, but a reader has mistyped its name. */
  async #assertFolder(uri: string, baseDirectory: string): Promise<void> {
    const { scheme, path } = await (await this.factory()).parseUri(uri);
    if (scheme !== 'file' || (await isThere(resolve(baseDirectory, path)))) return;
    throw backendError(
      'NOT_FOUND',
      'There is no such folder; f9 vaults add NAME FOLDER --create makes one, and so does whatever writes to it',
    );
  }

  async #openPath(text: string, use: PathUse): Promise<Place> {
    const { cwd } = this.#options;
    const { folder, path } = await splitPlainPath(text, cwd, use);
    const real = await realFolder(folder);
    return {
      backend: await this.#resolve(pathToFileURL(real).href),
      path: path === '' ? '/' : path,
      nameOf: (inner) => plainName({ folder, path: withoutRoot(inner) }, cwd),
      addressOf: (inner) => below(real, inner),
    };
  }

  async #openUri(uri: string, path: string): Promise<Place> {
    const backend = await this.#resolve(uri);
    const shown = await this.shownUri(uri);
    return {
      backend,
      path,
      nameOf: (inner) => (withoutRoot(inner) === '' ? shown : `${shown}#${withoutRoot(inner)}`),
      addressOf: await this.#addresses(uri, this.#options.cwd),
    };
  }

  async #addresses(uri: string, baseDirectory: string): Promise<Place['addressOf']> {
    const { scheme, path } = await (await this.factory()).parseUri(uri);
    const isFile = scheme === 'file' || scheme === 'sqlite';
    const base = isFile ? await realFolder(resolve(baseDirectory, path)) : await this.shownUri(uri);
    return (inner) => below(base, inner);
  }

  #resolve(uri: string): Promise<FileBackend> {
    const backend = this.#backends.get(uri) ?? this.factory().then((factory) => factory.resolve(uri));
    this.#backends.set(uri, backend);
    return backend;
  }

  async #makeFactory(): Promise<BackendFactory> {
    const { plugins, env, cwd } = this.#options;
    const [{ BackendFactory }, config] = await Promise.all([import('@f9/factory'), this.config()]);
    return new BackendFactory({
      plugins: [...config.plugins, ...plugins],
      // As git itself does at a command line; the library asks its helpers only where it is told to.
      environment: { ...env, F9_GIT_CREDENTIALS: env.F9_GIT_CREDENTIALS || 'git' },
      baseDirectory: cwd,
    });
  }

  async #makeRegistry(): Promise<VaultRegistry> {
    const [{ VaultRegistry }, factory, { vaults }] = await Promise.all([
      import('@f9/registry'),
      this.factory(),
      this.config(),
    ]);
    // A relative path means the same wherever f9 runs.
    return VaultRegistry.fromConfig(vaults, { factory, baseDirectory: this.#configDirectory });
  }
}

function below(base: string, path: string): string {
  const inner = withoutRoot(path);
  return inner === '' ? base : `${base}/${inner}`;
}

async function isThere(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ENOENT';
  }
}

/** The folder with its symlinks resolved as far as it exists; `/` between its names. */
async function realFolder(folder: string): Promise<string> {
  try {
    return (await realpath(folder)).split(sep).join('/');
  } catch {
    const parent = dirname(folder);
    return parent === folder ? folder : below(await realFolder(parent), basename(folder));
  }
}

function withoutRoot(path: string): string {
  return path.startsWith('/') ? path.slice(1) : path;
}
