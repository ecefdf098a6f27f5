import type { Job } from '../harness.ts';
import { clone, dates, session as gitSession, processes, pull } from './git.ts';
import { eventLoop, imports, session } from './local-process.ts';
import { info, readSmall, replaceOnDisk, replaceOnTmpfs } from './local-small.ts';
import { checksumBig, streamRead, streamWrite } from './local-streams.ts';
import { checksumMany, glob, growth, list } from './local-trees.ts';
import { concurrency, requests } from './openai.ts';

export const jobs: readonly Job[] = [
  readSmall,
  info,
  replaceOnTmpfs,
  replaceOnDisk,
  list,
  glob,
  checksumMany,
  growth,
  streamRead,
  streamWrite,
  checksumBig,
  session,
  eventLoop,
  imports,
  processes,
  pull,
  clone,
  gitSession,
  dates,
  requests,
  concurrency,
];
