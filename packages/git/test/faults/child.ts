import { GitSyncFileBackend } from '../../src/index.ts';
import { arm, disarm } from './kill-switch.ts';
import { SCENARIOS } from './scenarios.ts';

// Does one job, with the kill switch loaded before everything else (`--import`); is killed at the step that the environment names, or tells at its end how many there were.

const [name, remoteUrl, path] = process.argv.slice(2) as [string, string, string];
const scenario = SCENARIOS.find((candidate) => candidate.name === name)!;

const vault = new GitSyncFileBackend({ remoteUrl, path });
if (scenario.begins !== undefined) {
  arm();
  await vault.open();
} else {
  await vault.open();
  arm();
}
await scenario.run(vault, (what) => void process.stdout.write(`done ${what}\n`));
process.stdout.write(`steps ${JSON.stringify(disarm())}\n`);
await vault[Symbol.asyncDispose]();
