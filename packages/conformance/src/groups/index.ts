import type { ConformanceGroup } from '../conformance-case.ts';
import { create } from './create.ts';
import { remove } from './delete.ts';
import { list } from './list.ts';
import { read } from './read.ts';
import { update } from './update.ts';

/** The whole suite, in the order of the contract. */
export const GROUPS: readonly ConformanceGroup[] = [create, update, read, remove, list];
