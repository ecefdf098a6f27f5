import type { FileBackend } from '@f9/core';
import { InMemoryServerEventBus, type ServerEvent, type ServerEventBus } from '@modelcontextprotocol/server';
import { followVault } from '../server/follow-vault.ts';

/** Tells listeners of a vault's changes; the vault is watched only while there are any. */
export class VaultEventBus implements ServerEventBus {
  readonly #vault: FileBackend;
  readonly #listeners = new InMemoryServerEventBus();
  #following: AbortController | undefined;

  constructor(vault: FileBackend) {
    this.#vault = vault;
  }

  publish(event: ServerEvent): void {
    this.#listeners.publish(event);
  }

  subscribe(listener: (event: ServerEvent) => void): () => void {
    const leave = this.#listeners.subscribe(listener);
    if (this.#following === undefined) this.#follow();
    return () => {
      leave();
      if (this.#listeners.listenerCount === 0) this.close();
    };
  }

  close(): void {
    this.#following?.abort();
    this.#following = undefined;
  }

  #follow(): void {
    const following = new AbortController();
    this.#following = following;
    const updated = (uri: string): void => this.publish({ kind: 'resource_updated', uri });
    const listChanged = (): void => this.publish({ kind: 'resources_list_changed' });
    void followVault(this.#vault, { updated, listChanged }, following.signal);
  }
}
