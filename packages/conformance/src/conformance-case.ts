import { type Capabilities, type FileBackend, isSyncFileBackend } from '@f9/core';
import type { ConformanceHarness, ConformanceStore } from './harness/harness.ts';
import type { PromiseId } from './promises.ts';
import type { CaseContext } from './proving/case-context.ts';

/** One proof of one or more promises. */
export interface ConformanceCase {
  /** What it proves; the first one names it. */
  readonly promises: readonly [PromiseId, ...PromiseId[]];
  /** What is promised, for the report. */
  readonly title: string;
  /** Whether the backend declares what this case is about. Default: always. */
  readonly when?: (backend: FileBackend, harness: ConformanceHarness) => boolean;
  /** The hook of the store without which it cannot be proven. */
  readonly hook?: keyof ConformanceStore;
  /** Proves it, or throws. */
  readonly run: (context: CaseContext) => Promise<void>;
}

/** Cases that belong together. */
export interface ConformanceGroup {
  /** What they are about. */
  readonly name: string;
  /** In the order in which they run. */
  readonly cases: readonly ConformanceCase[];
}

/** For cases about what holds between processes, of backends that another process can open. */
export function betweenProcesses(
  ...promised: readonly ('append' | 'ifMatch' | 'exclusiveCreate')[]
): (backend: FileBackend, harness: ConformanceHarness) => boolean {
  return ({ capabilities }, { withoutProcesses }) =>
    withoutProcesses === undefined &&
    promised.every((each) => capabilities[each] !== false && capabilities[each] !== 'emulated');
}

/** For cases about sessions that exclude those of other processes. */
export function excludesProcesses({ capabilities }: FileBackend, harness: ConformanceHarness): boolean {
  return capabilities.lockScope !== 'process' && harness.withoutProcesses === undefined;
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

/** A group about backends with a remote. */
export function syncGroup(name: string, cases: readonly Omit<ConformanceCase, 'when'>[]): ConformanceGroup {
  return { name, cases: cases.map((item) => ({ hook: 'createClone', ...item, when: isSyncFileBackend })) };
}
