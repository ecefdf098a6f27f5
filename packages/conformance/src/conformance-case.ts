import { type Capabilities, type FileBackend, isSyncFileBackend } from '@f9/core';
import type { ConformanceHarness, ConformanceStore } from './harness/harness.ts';
import type { PromiseId } from './promises.ts';
import type { CaseContext } from './proving/case-context.ts';

/** One proof of one or more promises. */
export interface ConformanceCase {
  /** The promises that it proves; the first one gives its name. */
  readonly promises: readonly [PromiseId, ...PromiseId[]];
  /** The promise in words, for the report. */
  readonly title: string;
  /** Whether the backend declares the subject of the case. Default: always. */
  readonly when?: (backend: FileBackend, harness: ConformanceHarness) => boolean;
  /** The hook of the store that the proof needs. */
  readonly hook?: keyof ConformanceStore;
  /** Makes the proof, or throws. */
  readonly run: (context: CaseContext) => Promise<void>;
}

/** Cases that belong together. */
export interface ConformanceGroup {
  /** The common subject. */
  readonly name: string;
  /** Cases in the order in which they run. */
  readonly cases: readonly ConformanceCase[];
}

/** The condition of cases about promises between processes, for backends that another process can open. */
export function betweenProcesses(
  ...promised: readonly ('append' | 'ifMatch' | 'exclusiveCreate')[]
): (backend: FileBackend, harness: ConformanceHarness) => boolean {
  return ({ capabilities }, { withoutProcesses }) =>
    withoutProcesses === undefined &&
    promised.every((each) => capabilities[each] !== false && capabilities[each] !== 'emulated');
}

/** The condition of cases about sessions that exclude those of other processes. */
export function excludesProcesses({ capabilities }: FileBackend, harness: ConformanceHarness): boolean {
  return capabilities.lockScope !== 'process' && harness.withoutProcesses === undefined;
}

type Capability = keyof Capabilities;

/** The condition of cases about a declared capability. */
export function declares(capability: Capability): (backend: FileBackend) => boolean {
  return ({ capabilities }) => capabilities[capability] !== false;
}

/** The condition of cases about a capability that is not declared. */
export function lacks(capability: Capability): (backend: FileBackend) => boolean {
  return ({ capabilities }) => capabilities[capability] === false;
}

/** A group about backends with a remote. */
export function syncGroup(name: string, cases: readonly Omit<ConformanceCase, 'when'>[]): ConformanceGroup {
  return { name, cases: cases.map((item) => ({ hook: 'createClone', ...item, when: isSyncFileBackend })) };
}
