// pnpm bench [--quick] [--only <text>] [--json <file>]: every job side by side with its peers, ratios against the goals.
import { writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { parseArgs } from 'node:util';
import { type JobResult, runJob, type Scale } from './harness.ts';
import { allJobs } from './jobs/index.ts';
import { describeJob } from './report.ts';

const { values } = parseArgs({
  options: { quick: { type: 'boolean', default: false }, only: { type: 'string' }, json: { type: 'string' } },
});
if (globalThis.gc === undefined) {
  console.error('Run me with node --expose-gc, as `pnpm bench` does');
  process.exit(2);
}

const scale: Scale = { quick: values.quick, size: (full) => (values.quick ? Math.ceil(full / 10) : full) };
console.log(
  `Node ${process.version}, ${cpus().length} cores (${cpus()[0]?.model}), ${Math.round(totalmem() / 2 ** 30)} GiB${values.quick ? ', quick' : ''}`,
);
const results: JobResult[] = [];
const names: string[] = [];
for await (const job of allJobs()) {
  names.push(job.name);
  if (values.only !== undefined && !job.name.includes(values.only)) continue;
  const result = await runJob(job, scale);
  results.push(result);
  console.log(describeJob(result));
}

if (results.length === 0) {
  console.error(
    `No job is named like "${values.only}". There are:\n${names.map((name) => `  ${name}`).join('\n')}`,
  );
  process.exit(2);
}

const goals = results.flatMap((result) => result.goals);
const missed = goals.filter(({ met }) => !met);
console.log(
  `\n${goals.length - missed.length} of ${goals.length} goals met${missed.length === 0 ? '' : '; missed:'}`,
);
for (const { job, what, measured, goal } of missed)
  console.log(`  ${job}: ${what} is ${measured.toPrecision(3)}, ${goal}`);
if (values.json !== undefined) {
  const machine = {
    node: process.version,
    cores: cpus().length,
    model: cpus()[0]?.model,
    quick: values.quick,
  };
  writeFileSync(
    values.json,
    `${JSON.stringify({ machine, date: new Date().toISOString(), results }, null, 2)}\n`,
  );
  console.log(`Written to ${values.json}`);
}
