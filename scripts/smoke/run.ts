// pnpm smoke [text]: what people install. Packs every package, lints the tarballs, installs them with npm in blank folders outside the
// workspace, and runs a few lines there. The tests read the sources; this is the proof for what is published.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BLANKS } from './blanks.ts';
import { smokeBundles } from './bundles.ts';
import { smokeNext } from './next.ts';
import { smokeProgrammer } from './programmer.ts';
import { smokeRuntimes } from './runtimes.ts';
import { SERVED, smokeServed } from './servers.ts';
import { assertInstalled, run, Workshop } from './workshop.ts';

/** Only jobs whose titles hold it. */
const [wanted = ''] = process.argv.slice(2);

using workshop = new Workshop();
workshop.packAll(wanted === '');
for (const [title, { install, without = [], limit, program }] of Object.entries(BLANKS)) {
  if (!title.includes(wanted)) continue;
  const folder = workshop.install(title, install);
  const size = assertInstalled(folder, without, limit);
  writeFileSync(join(folder, 'program.mjs'), program);
  run(process.execPath, ['program.mjs'], folder);
  console.log(`${title}: installed and ran; ${size}`);
}
const jobs: Readonly<Record<string, (workshop: Workshop) => void | Promise<void>>> = {
  programmer: smokeProgrammer,
  bundles: smokeBundles,
  next: smokeNext,
  runtimes: smokeRuntimes,
};
for (const [title, job] of Object.entries(jobs)) if (title.includes(wanted)) await job(workshop);
for (const [title, served] of Object.entries(SERVED)) {
  if (title.includes(wanted)) await smokeServed(workshop, title, served);
}
