export type { PresignOptions } from './backend.ts';
export { ensureBucket, S3FileBackend } from './backend.ts';
export type { S3FileBackendOptions } from './options.ts';
export { s3Plugin, s3Plugin as default } from './plugin.ts';
export type { CredentialsProvider, S3Credentials } from './service/credentials.ts';
export type { VaultCheck } from './upkeep/check.ts';
export type { Garbage, GarbageOptions, GarbageReport } from './upkeep/garbage.ts';
export type { Traits } from './vault/probe.ts';
