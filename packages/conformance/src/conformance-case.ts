import type { Capabilities, FileBackend } from '@f9/core';
import type { ConformanceHarness, ConformanceStore } from './harness/harness.ts';
import type { PromiseId } from './promises.ts';
import type { CaseContext } from './proving/case-context.ts';

/** One proof of one or more promises. */
export interface ConformanceCase {
  /** What it proves; the first one names it. */
  readonly promises: readonly [PromiseId, ...PromiseId[]];
  readonly title: string;
  /** Whether the backend declares what this case is about. Default: always. */
  readonly when?: (backend: FileBackend, harness: ConformanceHarness) => boolean;
  /** The hook of the store without which it cannot be proven. */
  readonly hook?: keyof ConformanceStore;
  readonly run: (context: CaseContext) => Promise<void>;
}

export interface ConformanceGroup {
  readonly name: string;
  readonly cases: readonly ConformanceCase[];
}

type Capability = keyof Capabilities;

/** For cases about what is declared. */
export function declares(capability: Capability): (backend: FileBackend) => boolean {
  return ({ capabilities }) => capabilities[capability] !== false;
}

/** For cases about what is not. */
export function lacks(capability: Capability): (backend: FileBackend) => boolean {
  return ({ capabilities }) => capabilities[capability] === false;
}
