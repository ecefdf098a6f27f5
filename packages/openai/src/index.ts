export type { OpenAIVectorStoreOptions } from './backend.ts';
export { OpenAIVectorStoreFileBackend } from './backend.ts';
export type { ClientOptions } from './client.ts';
export { OpenAIBackendError } from './errors.ts';
export type { Garbage, GarbageOptions, GarbageReport } from './garbage.ts';
export { openaiPlugin } from './plugin.ts';
export type { TuningOptions } from './settings.ts';
export type { VectorStoreOptions } from './vector-store.ts';
export { createVectorStore, ensureVectorStore } from './vector-store.ts';
