import type { ConformanceGroup } from '../conformance-case.ts';
import { abort } from './abort.ts';
import { anyNames, anyNamesPublished } from './any-names.ts';
import { atomic } from './atomic.ts';
import { autoSync } from './auto-sync.ts';
import { checksums } from './checksums.ts';
import { concurrency } from './concurrency.ts';
import { conflicts } from './conflicts.ts';
import { content } from './content.ts';
import { create } from './create.ts';
import { remove } from './delete.ts';
import { edit } from './edit.ts';
import { errors } from './errors.ts';
import { glob } from './glob.ts';
import { info } from './info.ts';
import { interruptions } from './interruptions.ts';
import { layers } from './layers.ts';
import { lifecycle } from './lifecycle.ts';
import { list } from './list.ts';
import { many } from './many.ts';
import { names } from './names.ts';
import { options } from './options.ts';
import { paths } from './paths.ts';
import { preconditions } from './preconditions.ts';
import { processes } from './processes.ts';
import { read } from './read.ts';
import { search } from './search.ts';
import { sessions } from './sessions.ts';
import { streams } from './streams.ts';
import { sync } from './sync.ts';
import { syncSessions } from './sync-sessions.ts';
import { text } from './text.ts';
import { transfer } from './transfer.ts';
import { update } from './update.ts';
import { versions } from './versions.ts';
import { watching } from './watching.ts';

/** The whole suite, in the order of the contract. */
export const GROUPS: readonly ConformanceGroup[] = [
  lifecycle,
  paths,
  names,
  options,
  anyNames,
  create,
  update,
  edit,
  content,
  atomic,
  preconditions,
  read,
  text,
  streams,
  abort,
  interruptions,
  list,
  remove,
  transfer,
  glob,
  checksums,
  info,
  search,
  versions,
  watching,
  many,
  errors,
  concurrency,
  processes,
  sessions,
  layers,
  sync,
  anyNamesPublished,
  conflicts,
  syncSessions,
  autoSync,
];
