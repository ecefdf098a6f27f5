import type { FileBackend } from '@f9/core';
import { backendError, ForwardingBackend } from '@f9/core/driver';
import { activeVaultOf } from './active-vault.ts';
import { defaultRegistry } from './default-registry.ts';
import type { VaultRegistry } from './vault-registry.ts';

/**
 * The active vault of a registry as a backend: every call goes to the vault that is active at the time, so that one object serves a
 * whole program. Outside of a `vaultContext` every call is `INVALID_ARGUMENT`. Disposing it disposes no vault: they belong to the
 * registry, or to whoever registered them.
 */
export class VaultContext extends ForwardingBackend {
  readonly #registry: VaultRegistry;
  readonly #pinned: FileBackend | undefined;

  /** @param pinned the vault to work on, whichever is active; see `withVault` */
  constructor(registry: VaultRegistry = defaultRegistry, pinned?: FileBackend) {
    super();
    this.#registry = registry;
    this.#pinned = pinned;
  }

  /** The same interface on one vault of the registry, whichever is active. @throws `NOT_FOUND` */
  async withVault(name: string): Promise<VaultContext> {
    return new VaultContext(this.#registry, await this.#registry.get(name));
  }

  /** @throws `INVALID_ARGUMENT` where no vault is active */
  protected override get vault(): FileBackend {
    const vault = this.#pinned ?? activeVaultOf(this.#registry)?.backend;
    if (vault !== undefined) return vault;
    throw backendError('INVALID_ARGUMENT', 'No vault is active here; run this inside vaultContext(name, …)');
  }
}
