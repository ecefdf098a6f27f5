import type { Job } from '../harness.ts';

/** Files of jobs, in the order that they are run in. */
export const FILES: readonly string[] = [
  'local-small',
  'local-trees',
  'local-streams',
  'local-process',
  'local-locks',
  'local-large',
  'mirror',
  'git',
  'git-large',
  'openai',
  'search',
  's3',
  'text',
  'mcp',
  'postgres',
];

export async function jobsOf(file: string): Promise<readonly Job[]> {
  const { jobs } = (await import(`./${file}.ts`)) as { jobs: readonly Job[] };
  return jobs;
}
