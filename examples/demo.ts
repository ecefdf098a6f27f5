// pnpm demo [name]: the main job, then the other stories. `pnpm demo --list` names them.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { chapter, title } from './support/story.ts';

const STORIES: Readonly<Record<string, string>> = {
  'mirror-notes': 'a git repository mirrored into a file that can be searched, again and again: the main job',
  'shared-notes': "two people's clones of one repository, a merge and a conflict",
  'ask-your-notes': 'a folder in a vector store, searched, changed, and read back byte for byte',
  'agent-on-notes': 'an agent on notes in git, through the tools of an MCP server alone',
  tour: 'a tour of everything on a folder',
};

const chosen = process.argv.slice(2);
if (chosen.includes('--list')) {
  for (const [name, about] of Object.entries(STORIES)) console.log(`${name.padEnd(16)} ${about}`);
  process.exit(0);
}
const unknown = chosen.filter((name) => !(name in STORIES));
if (unknown.length > 0) {
  console.error(
    `There is no story named ${unknown.join(', ')}; there are ${Object.keys(STORIES).join(', ')}`,
  );
  process.exit(2);
}

const started = performance.now();
const stories = chosen.length > 0 ? chosen : Object.keys(STORIES);
for (const name of stories) {
  const program = join(import.meta.dirname, `${name}.ts`);
  const { status } = spawnSync(process.execPath, ['--conditions=@f9/source', program], { stdio: 'inherit' });
  if (status !== 0) {
    console.error(`\nThe story ${name} failed.`);
    process.exit(1);
  }
}
title(
  `${stories.length} ${stories.length === 1 ? 'story' : 'stories'} told in ${((performance.now() - started) / 1000).toFixed(1)} s.`,
);
if (chosen.length === 0) chapter('One by itself: pnpm demo mirror-notes');
