import { isFileBackendError } from '@f9/core';
import { LocalFileBackend } from '../../src/index.ts';
import { NaiveFiles } from '../naive.ts';
import { isWhole, newVersion } from '../versions.ts';

// One of several processes that work on the same file, told by messages when to do what.

export interface RacerOptions {
  readonly root: string;
  readonly io: 'auto' | 'async';
  /** Do it as people do without f9. */
  readonly naively: boolean;
}

export type RacerJob =
  | { readonly do: 'create'; readonly path: string }
  | { readonly do: 'replace' | 'read'; readonly path: string; readonly milliseconds: number }
  | { readonly do: 'append'; readonly path: string; readonly name: string; readonly lines: number }
  | { readonly do: 'addIfUnchanged'; readonly path: string; readonly name: string; readonly lines: number }
  | { readonly do: 'readLines'; readonly path: string; readonly milliseconds: number };

export interface RacerResult {
  /** What it did, for a creation 1 or 0. */
  readonly done: number;
  readonly torn: number;
  /** What it created. */
  readonly version?: string;
}

const { root, io, naively }: RacerOptions = JSON.parse(process.argv[2]!);
const f9 = await LocalFileBackend.open({ root, io, durability: 'none' });
const backend = naively ? new NaiveFiles(root) : f9;

process.on('message', async (job: RacerJob) => process.send!(await perform(job)));
process.on('disconnect', () => process.exit());
process.send!('ready');

async function perform(job: RacerJob): Promise<RacerResult> {
  if (job.do === 'create') return await create(job.path);
  if (job.do === 'append') return await append(job.path, job.name, job.lines);
  if (job.do === 'addIfUnchanged') return await addIfUnchanged(job.path, job.name, job.lines);
  const [until, path] = [performance.now() + job.milliseconds, job.path];
  let [done, torn] = [0, 0];
  for (; performance.now() < until; done++) {
    if (job.do === 'replace') await backend.update(path, { data: newVersion() });
    else {
      const text = await backend.read(path, { binary: false });
      if (job.do === 'read' ? !isWhole(text) : !/^(\d+ of \w+ appended\n)*$/.test(text)) torn++;
    }
  }
  return { done, torn };
}

async function create(path: string): Promise<RacerResult> {
  const version = newVersion();
  try {
    await backend.create(path, { data: version });
    return { done: 1, torn: 0, version };
  } catch (error) {
    if (!isFileBackendError(error, 'ALREADY_EXISTS')) throw error;
    // Who lost sees all of what the winner wrote.
    return { done: 0, torn: isWhole(await backend.read(path, { binary: false })) ? 0 : 1 };
  }
}

/** All at the same time. */
async function append(path: string, name: string, lines: number): Promise<RacerResult> {
  const appends = Array.from({ length: lines }, (_, line) =>
    backend.update(path, { data: `${line} of ${name} appended\n`, append: true }),
  );
  await Promise.all(appends);
  return { done: lines, torn: 0 };
}

/** One after another, each a new version of what was read, as often as somebody else was quicker. */
async function addIfUnchanged(path: string, name: string, lines: number): Promise<RacerResult> {
  for (let line = 0; line < lines; ) {
    const ifMatch = naively ? undefined : (await f9.info(path)).etag!;
    const old = await backend.read(path, { binary: false });
    const data = `${old}${line} of ${name} appended\n`;
    try {
      await backend.update(path, ifMatch === undefined ? { data } : { data, ifMatch });
      line++;
    } catch (error) {
      if (!isFileBackendError(error, 'PRECONDITION_FAILED')) throw error;
    }
  }
  return { done: lines, torn: 0 };
}
