export type { OpenAIVectorStoreOptions } from './backend.ts';
export { OpenAIVectorStoreFileBackend } from './backend.ts';
export { OpenAIBackendError } from './errors.ts';
export type { TuningOptions } from './options.ts';
export { openaiPlugin } from './plugin.ts';
export type { ClientOptions } from './service/client.ts';
export type { VectorStoreOptions } from './service/vector-stores.ts';
export { createVectorStore, ensureVectorStore } from './service/vector-stores.ts';
export type { Garbage, GarbageOptions, GarbageReport } from './writing/garbage.ts';
