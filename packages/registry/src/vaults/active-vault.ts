import { AsyncLocalStorage } from 'node:async_hooks';
import type { FileBackend } from '@f9/core';
import type { VaultRegistry } from './vault-registry.ts';

/** The vault that is active in a piece of asynchronous work. */
export interface ActiveVault {
  /** Its name in the registry. */
  readonly name: string;
  /** The vault. */
  readonly backend: FileBackend;
}

interface Frame extends ActiveVault {
  readonly registry: VaultRegistry;
  readonly outer: Frame | undefined;
}

const frames = new AsyncLocalStorage<Frame>();

/** The vault of this registry that the innermost context around this code made active. */
export function activeVaultOf(registry: VaultRegistry): ActiveVault | undefined {
  for (let frame = frames.getStore(); frame !== undefined; frame = frame.outer) {
    if (frame.registry === registry) return { name: frame.name, backend: frame.backend };
  }
  return undefined;
}

/** Runs `body` with a vault active in it, and in all that it starts. @throws `NOT_FOUND` */
export async function runWithVault<T>(
  registry: VaultRegistry,
  name: string,
  body: (vault: FileBackend) => T | Promise<T>,
): Promise<T> {
  const frame = { registry, name, backend: await registry.get(name), outer: frames.getStore() };
  return await frames.run(frame, async () => await body(frame.backend));
}
