export type { ConformanceCase, ConformanceGroup } from './conformance-case.ts';
export { GROUPS } from './groups/index.ts';
export type {
  CloneOptions,
  ConformanceHarness,
  ConformanceRunner,
  ConformanceStore,
  ProcessModule,
} from './harness/harness.ts';
export { inSubdirectory } from './harness/in-subdirectory.ts';
export type { PromiseId } from './promises.ts';
export { PROMISES } from './promises.ts';
export type { CaseContext } from './proving/case-context.ts';
export { testBackend } from './running/test-backend.ts';
