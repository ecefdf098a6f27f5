import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { isLong } from '../../../scripts/test/daily.ts';
import { SqliteFileBackend } from '../src/index.ts';
import { another } from './another-process.ts';
import { indexedIn, indexOf } from './index-contents.ts';

const kills = isLong ? 1000 : 8;

/** Writes, appends, moves and deletes for ever, each with words of its own. */
const program = (name: string): string => `
  console.log('ready');
  for (let i = 0; ; i++) {
    const path = '${name}' + (i % 7) + '.md';
    await vault.create(path, { data: '# ' + path + '\\n\\nheron ' + i + ' ' + 'text '.repeat(i % 50), overwrite: true });
    if (i % 3 === 2) await vault.update(path, { data: '\\n## More\\n\\nkingfisher ' + i, append: true });
    if (i % 4 === 3) await vault.move(path, '${name}/moved' + (i % 5) + '.md', { overwrite: true });
    if (i % 5 === 4 && await vault.exists(path)) await vault.delete(path);
    if (i % 11 === 10) await vault.search('heron');
  }`;

test(`two that write and are killed ${kills} times leave files, passages and words that agree`, async () => {
  const path = join(mkdtempSync(join(tmpdir(), 'f9-sqlite-killed-')), 'vault.db');
  {
    await using vault = new SqliteFileBackend({ path });
    await vault.create('start.md', { data: 'start' });
  }
  for (let round = 0; round < kills / 2; round++) {
    const children = ['a', 'b'].map((name) => another(path, program(name)));
    await Promise.all(children.map((child) => once(child.stdout!, 'data')));
    await sleep((round * 37) % 150);
    for (const child of children) child.kill('SIGKILL');
    await Promise.all(children.map((child) => once(child, 'exit')));
    // Looked at now and then: what was torn once stays so.
    if (round % 50 === 0 || round === kills / 2 - 1) await assertAgreement(path);
  }
}, 3_600_000);

async function assertAgreement(path: string): Promise<void> {
  await using vault = new SqliteFileBackend({ path });
  // What no write indexes, the search does.
  const found = (await vault.search('heron', { limit: 50 })).map((result) => result.path);
  const texts = new Map<string, string>();
  for (const name of await vault.globFiles('**')) texts.set(name, await vault.read(name, { binary: false }));
  expect(await vault.check()).toMatchObject({ problems: [], notIndexed: 0, files: texts.size });
  expect(indexedIn(path)).toEqual(indexOf(texts));
  expect(found.toSorted()).toEqual(
    [...texts]
      .filter(([, text]) => text.includes('heron'))
      .map(([name]) => name)
      .sort(),
  );
}
