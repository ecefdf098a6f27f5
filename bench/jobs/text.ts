import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { LocalFileBackend } from '../../packages/local/src/index.ts';
import { grep } from '../../packages/text/src/index.ts';
import { documentation } from '../corpora.ts';
import { makeFolder } from '../fixtures.ts';
import type { Job, Variant } from '../harness.ts';

/** Notes as people have them: documentation, each document as often as it takes. */
function makeNotes(root: string, count: number): void {
  const texts = documentation();
  for (let i = 0; i < count; i++) {
    const path = join(root, `d${Math.floor(i / 100)}`, `${i}.md`);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, texts[i % texts.length]!);
  }
}

/** A word of few lines, and one of many. */
const WORDS = ['backpressure', 'function'];

export const jobs: readonly Job[] = WORDS.map((word) => ({
  name: `text: lines with "${word}" in a folder of 8,000 notes`,
  rounds: 8,
  prepare: async ({ size }) => {
    const folder = makeFolder();
    makeNotes(folder.path, size(8000));
    const vault = new LocalFileBackend({ root: folder.path });
    const args = [
      '--no-config',
      '--no-ignore',
      '--hidden',
      '--line-number',
      '--fixed-strings',
      word,
      folder.path,
    ];
    const hasRipgrep = spawnSync('rg', ['--version']).error === undefined;
    const count = (await grep(vault, word)).matches.length;
    const run = (): string => execFileSync('rg', args, { encoding: 'utf8', maxBuffer: 2 ** 30 });
    if (hasRipgrep && run().trimEnd().split('\n').length !== count) {
      throw new Error(`ripgrep finds other lines than the ${count} of f9`);
    }
    const peers: Record<string, Variant> = hasRipgrep ? { ripgrep: { run } } : {};
    return {
      variants: { f9: { run: () => grep(vault, word) }, ...peers },
      dispose: async () => {
        await vault.close();
        folder.remove();
      },
    };
  },
}));
