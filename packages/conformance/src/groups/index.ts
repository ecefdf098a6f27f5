import type { ConformanceGroup } from '../conformance-case.ts';
import { abort } from './abort.ts';
import { atomic } from './atomic.ts';
import { content } from './content.ts';
import { create } from './create.ts';
import { remove } from './delete.ts';
import { list } from './list.ts';
import { preconditions } from './preconditions.ts';
import { read } from './read.ts';
import { streams } from './streams.ts';
import { text } from './text.ts';
import { transfer } from './transfer.ts';
import { update } from './update.ts';

/** The whole suite, in the order of the contract. */
export const GROUPS: readonly ConformanceGroup[] = [
  create,
  update,
  content,
  atomic,
  preconditions,
  read,
  text,
  streams,
  abort,
  list,
  remove,
  transfer,
];
