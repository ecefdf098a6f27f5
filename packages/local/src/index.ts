export { LocalFileBackend } from './backend.ts';
export { LocalDriver } from './driver.ts';
export type { Durability, LocalDriverOptions, LocalFileBackendOptions } from './options.ts';
export { localPlugin } from './plugin.ts';
export type { AcquireLockOptions, VaultLock } from './state/session-lock.ts';
export { acquireVaultLock, tieSession } from './state/session-lock.ts';
