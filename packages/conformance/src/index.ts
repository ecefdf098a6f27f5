export type { CaseContext } from './case-context.ts';
export type { ConformanceCase, ConformanceGroup } from './conformance-case.ts';
export { GROUPS } from './groups/index.ts';
export type {
  CloneOptions,
  ConformanceHarness,
  ConformanceRunner,
  ConformanceStore,
  SessionHolderProcess,
} from './harness.ts';
export { inSubdirectory } from './in-subdirectory.ts';
export type { PromiseId } from './promises.ts';
export { PROMISES } from './promises.ts';
export { testBackend } from './test-backend.ts';
