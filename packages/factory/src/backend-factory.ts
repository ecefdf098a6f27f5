import { isAbsolute } from 'node:path';
import process from 'node:process';
import { type FileBackend, type FileBackendError, isFileBackendError } from '@f9/core';
import { type BackendPlugin, type BackendRequest, backendError, type UriParameters } from '@f9/core/driver';
import type { CredentialsProvider } from './credentials.ts';
import { importOwnPlugin, OWN_PACKAGES, type OwnPackage } from './plugins/own-packages.ts';
import { assertPackageName, importPlugins } from './plugins/packages.ts';
import { assertPlugin } from './plugins/shape.ts';
import type { BackendUri } from './uri/backend-uri.ts';
import { suggestName } from './uri/closest-name.ts';
import { type ReadUri, readOptions, readUri } from './uri/parameters.ts';
import { invalidUri } from './uri/rules.ts';
import { splitUri } from './uri/split.ts';

/** Sources of what a URI leaves out. */
export interface ResolveOptions {
  /** Gives the secrets that the URI does not hold. */
  readonly credentials?: CredentialsProvider;
  /** Source of the secrets and defaults that neither the URI nor `credentials` gives. Default: `process.env`. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** The base of relative paths, an absolute directory. Default: the working directory. */
  readonly baseDirectory?: string;
}

/** Plugins of a factory, and sources of what its URIs leave out. */
export interface BackendFactoryOptions extends ResolveOptions {
  /** Plugins, or names of packages that export them; a package is imported when a URI has a scheme that nothing else knows. */
  readonly plugins?: readonly (BackendPlugin | string)[];
}

/** Options of `registerPlugin`. */
export interface RegisterPluginOptions {
  /** Take schemes away from the plugin that has them. Default false: that is `ALREADY_EXISTS`. */
  readonly replace?: boolean;
}

/** Options of `register`: how URIs of the scheme are read. */
export interface RegisterOptions<P extends UriParameters> extends RegisterPluginOptions {
  /** The query parameters of its URIs. Default: none. */
  readonly parameters?: P;
  /** Whether `@…` at the end of the path is a branch or version. Default false. */
  readonly hasRef?: boolean;
  /** Whether `scheme:path` is a URI too, relative without a leading slash. Default false. */
  readonly plainPath?: boolean;
}

/** A function that makes the backend of a URI. */
export type CreateBackend<P extends UriParameters> = (
  request: BackendRequest<P>,
) => FileBackend | Promise<FileBackend>;

/** Opens backends by URI. It knows f9's own schemes, whose packages are imported only when a URI asks for them. */
export class BackendFactory {
  readonly #plugins = new Map<string, BackendPlugin | OwnPackage>();
  /** Names of packages that are not imported yet. */
  readonly #packages = new Set<string>();
  readonly #options: ResolveOptions;

  /** @throws `ALREADY_EXISTS` where two plugins claim one scheme */
  constructor({ plugins = [], ...options }: BackendFactoryOptions = {}) {
    assertOptions('BackendFactory', options, RESOLVE_OPTIONS);
    this.#options = options;
    for (const own of OWN_PACKAGES) this.#add(own, false);
    for (const plugin of plugins) this.registerPlugin(plugin);
  }

  /** The schemes known so far, without those of packages that no URI has asked for yet. */
  get schemes(): string[] {
    return [...this.#plugins.keys()];
  }

  /**
   * Takes a URI apart as its plugin reads it, secrets left out. Imports the plugin's package.
   *
   * @throws `INVALID_URI`; `UNSUPPORTED` where the package is not installed
   */
  async parseUri(uri: string): Promise<BackendUri> {
    return (await this.#read(uri)).read.uri;
  }

  /**
   * Makes the backend that a URI names. The backend opens itself at its first operation, so that no network or disk is touched here.
   *
   * @throws `INVALID_URI`; `UNSUPPORTED` where the package that the scheme needs is not installed
   */
  async resolve(uri: string, options: ResolveOptions = {}): Promise<FileBackend> {
    assertOptions('resolve', options, RESOLVE_OPTIONS);
    const { read, plugin } = await this.#read(uri);
    const {
      credentials,
      environment = process.env,
      baseDirectory = process.cwd(),
    } = { ...this.#options, ...options };
    if (!isAbsolute(baseDirectory)) {
      throw backendError('INVALID_ARGUMENT', 'baseDirectory must be an absolute path');
    }
    const { parameters: _, ...parsed } = read.uri;
    const request = {
      uri: read.secretUser === undefined ? parsed : { ...parsed, username: read.secretUser },
      options: await readOptions(read, plugin, { credentials, environment }),
      baseDirectory,
    };
    try {
      return await plugin.create(request);
    } catch (error) {
      // To the author of the URI, an invalid argument is an invalid URI.
      if (isFileBackendError(error, 'INVALID_ARGUMENT')) throw invalidUri(parsed.scheme, error.message);
      if (isFileBackendError(error)) throw error;
      throw backendError('UNKNOWN', `The plugin ${plugin.name} failed in an unexpected way; see the cause`, {
        cause: error,
      });
    }
  }

  /** Registers a function for one scheme. @throws `ALREADY_EXISTS` where another has it; `INVALID_ARGUMENT` */
  register<const P extends UriParameters = Readonly<Record<never, never>>>(
    scheme: string,
    create: CreateBackend<P>,
    options: RegisterOptions<P> = {},
  ): void {
    assertOptions('register', options, ['parameters', 'hasRef', 'plainPath', 'replace']);
    const { parameters, hasRef = false, plainPath = false, replace = false } = options;
    const plugin: BackendPlugin<P> = {
      name: 'a registered function',
      schemes: [scheme],
      parameters: parameters ?? ({} as P),
      hasRef,
      plainPath,
      create,
    };
    this.registerPlugin(plugin, { replace });
  }

  /**
   * Registers a plugin, or a package that exports one.
   *
   * @throws `ALREADY_EXISTS` where another plugin has one of its schemes; `INVALID_ARGUMENT`
   */
  registerPlugin(plugin: BackendPlugin | string, options: RegisterPluginOptions = {}): void {
    assertOptions('registerPlugin', options, ['replace']);
    const { replace = false } = options;
    if (typeof plugin === 'string') {
      assertPackageName(plugin);
      this.#packages.add(plugin);
    } else {
      assertPlugin(plugin);
      this.#add(plugin, replace);
    }
  }

  /** Forgets a scheme; backends that were made already go on working. False where the scheme was not known. */
  unregister(scheme: string): boolean {
    return this.#plugins.delete(scheme);
  }

  #add(plugin: BackendPlugin | OwnPackage, replace: boolean): void {
    for (const scheme of plugin.schemes) {
      const other = this.#plugins.get(scheme);
      if (other === undefined || other === plugin || replace) continue;
      throw backendError(
        'ALREADY_EXISTS',
        `The scheme ${scheme} belongs to ${other.name}, and ${plugin.name} claims it too; ` +
          'leave one out, or register with replace: true',
      );
    }
    for (const scheme of plugin.schemes) this.#plugins.set(scheme, plugin);
  }

  async #read(text: string): Promise<{ readonly read: ReadUri; readonly plugin: BackendPlugin }> {
    const split = splitUri(text);
    const plugin = await this.#pluginOf(split.scheme);
    return { read: readUri(split, plugin), plugin };
  }

  async #pluginOf(scheme: string): Promise<BackendPlugin> {
    let failure: unknown;
    for (const name of this.#plugins.has(scheme) ? [] : this.#packages) {
      try {
        await this.#import(name);
      } catch (error) {
        failure ??= error;
      }
    }
    const known = this.#plugins.get(scheme);
    if (known === undefined) throw failure ?? this.#unknownScheme(scheme);
    return 'create' in known ? known : await importOwnPlugin(known, scheme);
  }

  async #import(name: string): Promise<void> {
    for (const plugin of await importPlugins(name)) this.registerPlugin(plugin);
    this.#packages.delete(name);
  }

  #unknownScheme(scheme: string): FileBackendError {
    return invalidUri(undefined, `no plugin opens ${scheme}. ${suggestName(scheme, this.schemes)}`);
  }
}

const RESOLVE_OPTIONS = ['credentials', 'environment', 'baseDirectory'];

/** @throws `INVALID_ARGUMENT` for an option that would be ignored */
function assertOptions(what: string, options: object, known: readonly string[]): void {
  const unknown = Object.keys(options).find((name) => !known.includes(name));
  if (unknown === undefined) return;
  throw backendError(
    'INVALID_ARGUMENT',
    `${what} has no option ${JSON.stringify(unknown)}. ${suggestName(unknown, known)}`,
  );
}
