// pnpm bench [--quick] [--only <text>] [--json <file>]: every job side by side with its peers, ratios against the goals.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { JobResult } from './harness.ts';
import { FILES } from './jobs/index.ts';
import type { FileAnswer, FileRequest } from './run-file.ts';

const { values } = parseArgs({
  options: { quick: { type: 'boolean', default: false }, only: { type: 'string' }, json: { type: 'string' } },
});
if (globalThis.gc === undefined) {
  console.error('Run me with node --expose-gc, as `pnpm bench` does');
  process.exit(2);
}

console.log(
  `Node ${process.version}, ${cpus().length} cores (${cpus()[0]?.model}), ${Math.round(totalmem() / 2 ** 30)} GiB${values.quick ? ', quick' : ''}`,
);
const results: JobResult[] = [];
const names: string[] = [];
for (const file of FILES) {
  const answer = await runFile({ file, quick: values.quick, only: values.only });
  names.push(...answer.names);
  results.push(...answer.results);
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

/** In a process of its own, with the flags of this one. */
async function runFile(request: FileRequest): Promise<FileAnswer> {
  const child = fork(join(import.meta.dirname, 'run-file.ts'));
  child.send(request);
  let answer: FileAnswer | undefined;
  child.once('message', (message: FileAnswer) => {
    answer = message;
  });
  const [code] = (await once(child, 'exit')) as [number | null];
  if (answer === undefined) throw new Error(`The jobs of ${request.file} ended with ${code} and no result`);
  return answer;
}
