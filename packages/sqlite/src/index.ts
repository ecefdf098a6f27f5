export { SqliteFileBackend } from './backend.ts';
export type { BackupOptions } from './database/backup.ts';
export type { SqliteFileBackendOptions } from './options.ts';
export { sqlitePlugin, sqlitePlugin as default } from './plugin.ts';
export type { VaultCheck } from './vault/check.ts';
