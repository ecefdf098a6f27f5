export { mount } from './mount/mount.ts';
export type { ActiveVault } from './vaults/active-vault.ts';
export type { VaultContextOptions } from './vaults/default-registry.ts';
export {
  activeVault,
  defaultRegistry,
  getVault,
  getVaultOptions,
  listVaults,
  registerVault,
  unregisterVault,
  vaultContext,
  vaultExists,
} from './vaults/default-registry.ts';
export { VaultContext } from './vaults/vault-context.ts';
export type {
  RegisterVaultOptions,
  VaultConfig,
  VaultOptions,
  VaultRegistryOptions,
} from './vaults/vault-registry.ts';
export { VaultRegistry } from './vaults/vault-registry.ts';
