import type { JobResult } from '../../bench/harness.ts';
import { table } from './markers.ts';

/** What people ask first of speed, and where the bench answers. */
interface Row {
  readonly what: string;
  /** What f9 is measured beside. */
  readonly beside: string;
  readonly job: string;
  /** A ratio that the job gives, or the variants or figures that make one: those of f9 and of the other. */
  readonly ratio: string | readonly [ours: string, theirs: string];
}

const MIRROR = 'mirror: folder to folder, 10,000 small files, whole commands';
const CLONE = 'git: clone of 10,000 files, pull of 10,000 changed ones, whole commands';
const BUCKET = 's3: a folder of 1,000 files mirrored into a bucket, 20 ms a request';

const ROWS: readonly Row[] = [
  {
    what: 'mirror 10,000 small files, folder to folder',
    beside: '`rclone sync`',
    job: MIRROR,
    ratio: 'first, f9 : rclone',
  },
  {
    what: 'mirror them again, nothing changed',
    beside: '`rclone sync`',
    job: MIRROR,
    ratio: 'again, f9 : rclone',
  },
  {
    what: 'mirror 1,000 files into a bucket, requests',
    beside: '`rclone sync`',
    job: BUCKET,
    ratio: ['f9, first, requests', 'rclone, first, requests'],
  },
  {
    what: 'mirror 1,000 files into a vector store, processor',
    beside: 'two calls of the `openai` SDK a file',
    job: 'openai: first mirror of 1,000 small files, whole commands',
    ratio: 'processor, f9 : two calls of the SDK a file',
  },
  {
    what: 'clone 10,000 files, processor',
    beside: '`git clone`',
    job: CLONE,
    ratio: 'clone, processor, f9 : git',
  },
  {
    what: 'pull 10,000 changed files, processor',
    beside: '`git pull`',
    job: CLONE,
    ratio: 'pull, processor, f9 : git',
  },
  {
    what: 'publish one changed file among 50,000',
    beside: '`git add --all`, `commit`, `push`',
    job: 'git: publish one changed file among 50,000',
    ratio: ['f9', 'git add --all, commit, push'],
  },
  {
    what: 'read 1 KiB from a folder',
    beside: '`fs.readFileSync`',
    job: 'local: read 1 KiB',
    ratio: ['f9', 'readFileSync'],
  },
  {
    what: 'read 1 KiB from a folder',
    beside: '`fs.promises.readFile`',
    job: 'local: read 1 KiB',
    ratio: ['f9', 'fs.promises.readFile'],
  },
  {
    what: 'replace 1 KiB on a disk, `durability: "none"`',
    beside: 'a temporary file and a rename',
    job: 'local: replace 1 KiB on disk, durability none',
    ratio: ['f9', 'synchronous temp + rename'],
  },
  {
    what: 'list 100,000 files, sorted',
    beside: '`fdir`, unsorted',
    job: 'local: list 100,000 files',
    ratio: ['f9', 'fdir'],
  },
  {
    what: 'start an MCP server and connect to it',
    beside: 'the reference server',
    job: 'mcp: start a server and connect to it',
    ratio: ['f9-mcp', 'server-filesystem'],
  },
];

/** A few of the figures, the missed ones too: how much of the time of others f9 takes. @throws for what was not measured */
export function figuresInShort(results: readonly JobResult[]): string {
  const rows = ROWS.map(({ what, beside, job, ratio }) => {
    const result = results.find((each) => each.job === job);
    if (result === undefined) throw new Error(`The bench measured no ${job}`);
    const value =
      typeof ratio === 'string'
        ? measured(result, ratio)
        : measured(result, ratio[0]) / measured(result, ratio[1]);
    const name = typeof ratio === 'string' ? ratio : ratio.join(' : ');
    const goal = result.goals.find((each) => each.what === name);
    const reached =
      goal === undefined ? '' : `${goal.goal.replace(' x', 'x')}${goal.met ? '' : ', **missed**'}`;
    return [what, beside, `${Number(value.toPrecision(2))}x`, reached];
  });
  return table(['', 'beside', 'f9 takes', 'goal'], rows);
}

function measured({ job, medians, figures }: JobResult, name: string): number {
  const value = medians[name] ?? figures.find((figure) => figure.name === name)?.value;
  if (value === undefined) throw new Error(`${job} measured no ${name}`);
  return value;
}
