import type { Job } from '../harness.ts';

/** In the order that they are run in; imported one by one, since some of the peers slow all promises of the process down. */
const FILES = ['local-small', 'local-trees', 'local-streams', 'local-process', 'git', 'openai'];

/** Every job, file by file. */
export async function* allJobs(): AsyncGenerator<Job, void, void> {
  for (const file of FILES) {
    const { jobs } = (await import(`./${file}.ts`)) as { jobs: readonly Job[] };
    yield* jobs;
  }
}
