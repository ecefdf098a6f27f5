import type { FileBackend } from '@f9/core';
import { type ActiveVault, activeVaultOf, runWithVault } from './active-vault.ts';
import { type RegisterVaultOptions, VaultRegistry } from './vault-registry.ts';

/** The registry of the functions below, shared by the whole process. */
export const defaultRegistry: VaultRegistry = new VaultRegistry();

/** See `VaultRegistry.register`. */
export function registerVault(
  name: string,
  vault: FileBackend | string,
  options?: RegisterVaultOptions,
): void {
  defaultRegistry.register(name, vault, options);
}

/** See `VaultRegistry.unregister`. */
export async function unregisterVault(name: string): Promise<void> {
  await defaultRegistry.unregister(name);
}

/** See `VaultRegistry.get`. */
export async function getVault(name: string): Promise<FileBackend> {
  return await defaultRegistry.get(name);
}

/** The names, in the order of registration. */
export function listVaults(): string[] {
  return defaultRegistry.list();
}

/** Whether a vault of that name is known. */
export function vaultExists(name: string): boolean {
  return defaultRegistry.has(name);
}

/** See `VaultRegistry.getOptions`. */
export function getVaultOptions(name: string): Record<string, unknown> {
  return defaultRegistry.getOptions(name);
}

/** Options of `vaultContext`. */
export interface VaultContextOptions {
  /** The registry that knows the name. Default: the one of `registerVault`. */
  readonly registry?: VaultRegistry;
}

/**
 * Runs `body` with a vault active in it, and in all work that it starts: `activeVault()` gives it, and a `VaultContext` works on it.
 * Other work at the same time keeps its own.
 *
 * @throws `NOT_FOUND`
 */
export async function vaultContext<T>(
  name: string,
  body: (vault: FileBackend) => T | Promise<T>,
  { registry = defaultRegistry }: VaultContextOptions = {},
): Promise<T> {
  return await runWithVault(registry, name, body);
}

/** The vault that the innermost `vaultContext` around this code made active, if there is one. */
export function activeVault(registry: VaultRegistry = defaultRegistry): ActiveVault | undefined {
  return activeVaultOf(registry);
}
