export { GitSyncFileBackend } from './backend.ts';
export type { GitFailure } from './errors.ts';
export { GitBackendError } from './errors.ts';
export type { GitSyncFileBackendOptions } from './options.ts';
export { gitPlugin } from './plugin.ts';
