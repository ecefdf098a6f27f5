export { PostgresFileBackend } from './backend.ts';
export type { PostgresFileBackendOptions, Tls } from './options.ts';
export { postgresPlugin, postgresPlugin as default } from './plugin.ts';
export type { VaultCheck } from './upkeep/check.ts';
