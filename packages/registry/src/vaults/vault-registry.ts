import type { FileBackend, FileBackendError } from '@f9/core';
import { backendError } from '@f9/core/driver';
import { type BackendFactory, defaultFactory, type ResolveOptions } from '@f9/factory';
import { assertVaultName } from './vault-name.ts';

/** Facts that a program wants to remember of a vault; the registry only keeps them. */
export type VaultOptions = Readonly<Record<string, unknown>>;

/** Options of `register`. */
export interface RegisterVaultOptions {
  /** Facts to remember of the vault; see `VaultRegistry.getOptions`. */
  readonly options?: VaultOptions;
}

/** Vaults by name: a URI, a backend that is open already, or a URI with options. */
export type VaultConfig = Readonly<
  Record<string, string | FileBackend | ({ readonly uri: string } & RegisterVaultOptions)>
>;

/** Options of a registry: how its URIs are resolved. */
export interface VaultRegistryOptions extends ResolveOptions {
  /** The factory that resolves URIs. Default: the one that `registerPlugin` of @f9/factory adds to. */
  readonly factory?: BackendFactory;
}

interface RegisteredVault {
  readonly options: VaultOptions;
  readonly get: () => Promise<FileBackend>;
  /** Disposes the backend if the registry made it. */
  readonly close: () => Promise<void>;
}

/** Vaults by name. Those that are registered by URI are made when first asked for, and disposed with the registry. */
export class VaultRegistry implements AsyncDisposable {
  readonly #vaults = new Map<string, RegisteredVault>();
  readonly #factory: BackendFactory;
  readonly #resolveOptions: ResolveOptions;
  #closing: Promise<void> | undefined;

  constructor({ factory = defaultFactory, ...resolveOptions }: VaultRegistryOptions = {}) {
    this.#factory = factory;
    this.#resolveOptions = resolveOptions;
  }

  /** A registry of all vaults in `config`, whose URIs are not looked at yet. @throws `INVALID_ARGUMENT` */
  static fromConfig(config: VaultConfig, options?: VaultRegistryOptions): VaultRegistry {
    const registry = new VaultRegistry(options);
    for (const [name, entry] of Object.entries(config)) {
      if (isUriEntry(entry)) registry.register(name, entry.uri, entry);
      else registry.register(name, entry);
    }
    return registry;
  }

  /**
   * Names a vault. The owner of a backend still disposes it; a URI is resolved when the vault is first asked for.
   *
   * @throws `ALREADY_EXISTS`; `INVALID_ARGUMENT` for a bad name or a value that is no vault; `CLOSED`
   */
  register(name: string, vault: FileBackend | string, { options = {} }: RegisterVaultOptions = {}): void {
    assertVaultName(name);
    if (typeof vault !== 'string' && !isBackend(vault)) {
      throw backendError(
        'INVALID_ARGUMENT',
        `The vault ${JSON.stringify(name)} is neither a URI nor a backend`,
      );
    }
    this.#assertOpen();
    if (this.#vaults.has(name)) {
      throw backendError(
        'ALREADY_EXISTS',
        `There is already a vault ${JSON.stringify(name)}; unregister it first`,
      );
    }
    this.#vaults.set(name, {
      options: { ...options },
      ...(typeof vault === 'string'
        ? this.#made(vault)
        : { get: async () => vault, close: async () => undefined }),
    });
  }

  /** Forgets a vault, and disposes it if the registry made it. @throws `NOT_FOUND` */
  async unregister(name: string): Promise<void> {
    const vault = this.#vault(name);
    this.#vaults.delete(name);
    await vault.close();
  }

  /** @throws `NOT_FOUND`; `CLOSED`; what the factory throws for a URI */
  async get(name: string): Promise<FileBackend> {
    this.#assertOpen();
    return await this.#vault(name).get();
  }

  /** The names, in the order of registration. */
  list(): string[] {
    return [...this.#vaults.keys()];
  }

  /** Whether a vault of that name is known. */
  has(name: string): boolean {
    return this.#vaults.has(name);
  }

  /** The same as `has`. */
  exists(name: string): boolean {
    return this.has(name);
  }

  /** A copy of the options that were given at registration. @throws `NOT_FOUND` */
  getOptions(name: string): Record<string, unknown> {
    return { ...this.#vault(name).options };
  }

  /** Disposes every backend that the registry made, and no other. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing ??= this.#close();
    await this.#closing;
  }

  async #close(): Promise<void> {
    const results = await Promise.allSettled([...this.#vaults.values()].map((vault) => vault.close()));
    const failure = results.find((result) => result.status === 'rejected');
    if (failure !== undefined) throw failure.reason;
  }

  /** A vault that the registry makes, once for all callers; a failure is forgotten, so that the next caller tries again. */
  #made(uri: string): Pick<RegisteredVault, 'get' | 'close'> {
    let making: Promise<FileBackend> | undefined;
    return {
      get: async () => {
        making ??= this.#factory.resolve(uri, this.#resolveOptions);
        const mine = making;
        try {
          return await mine;
        } catch (error) {
          if (making === mine) making = undefined;
          throw error;
        }
      },
      close: async () => {
        const backend = await making?.catch(() => undefined);
        await backend?.[Symbol.asyncDispose]();
      },
    };
  }

  #vault(name: string): RegisteredVault {
    const vault = this.#vaults.get(name);
    if (vault !== undefined) return vault;
    throw this.#unknown(name);
  }

  #unknown(name: string): FileBackendError {
    const names = this.list();
    return backendError(
      'NOT_FOUND',
      `There is no vault ${JSON.stringify(name)}; ${names.length === 0 ? 'none is registered' : `there are ${names.join(', ')}`}`,
    );
  }

  #assertOpen(): void {
    if (this.#closing !== undefined)
      throw backendError('CLOSED', 'The vault registry is disposed; make a new one');
  }
}

function isUriEntry(entry: VaultConfig[string]): entry is { readonly uri: string } & RegisterVaultOptions {
  return typeof entry === 'object' && entry !== null && 'uri' in entry;
}

/** Whether a value is a backend, for configurations that no compiler has seen. */
function isBackend(vault: unknown): boolean {
  return typeof vault === 'object' && vault !== null && 'driver' in vault;
}
