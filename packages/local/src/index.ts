export { LocalFileBackend } from './backend.ts';
export type { LocalDriverOptions, LocalFileBackendOptions } from './driver.ts';
export { LocalDriver } from './driver.ts';
export { localPlugin } from './plugin.ts';
export type { Durability } from './vault.ts';
export type { AcquireLockOptions, VaultLock } from './vault-lock.ts';
export { acquireVaultLock } from './vault-lock.ts';
