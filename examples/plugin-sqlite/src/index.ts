export { SqliteFileBackend } from './backend.ts';
export type { DatabaseOptions } from './database.ts';
export { sqlitePlugin } from './plugin.ts';
