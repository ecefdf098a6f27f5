export type { ActiveVault } from './active-vault.ts';
export type { VaultContextOptions } from './default-registry.ts';
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
} from './default-registry.ts';
export { mount } from './mount.ts';
export { VaultContext } from './vault-context.ts';
export type {
  RegisterVaultOptions,
  VaultConfig,
  VaultOptions,
  VaultRegistryOptions,
} from './vault-registry.ts';
export { VaultRegistry } from './vault-registry.ts';
