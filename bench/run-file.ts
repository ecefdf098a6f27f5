// The jobs of one file, for run.ts: a process of its own, since what the peers of others load makes every garbage collection longer.
import { makeCache } from './fixtures.ts';
import { type JobResult, runJob } from './harness.ts';
import { jobsOf } from './jobs/index.ts';
import { describeJob } from './report.ts';

export interface FileRequest {
  readonly file: string;
  readonly quick: boolean;
  readonly only: string | undefined;
}

/** What a process answers: the names of all jobs of the file, and what came of those that were asked for. */
export interface FileAnswer {
  readonly names: readonly string[];
  readonly results: readonly JobResult[];
}

process.once('message', async ({ file, quick, only }: FileRequest) => {
  const scale = { quick, size: (full: number) => (quick ? Math.ceil(full / 10) : full) };
  const jobs = await jobsOf(file);
  const results: JobResult[] = [];
  const cache = makeCache();
  try {
    for (const job of jobs) {
      if (only !== undefined && !job.name.includes(only)) continue;
      const result = await runJob(job, scale);
      results.push(result);
      console.log(describeJob(result));
    }
  } finally {
    cache.remove();
  }
  process.send!({ names: jobs.map(({ name }) => name), results } satisfies FileAnswer);
  process.disconnect();
});
