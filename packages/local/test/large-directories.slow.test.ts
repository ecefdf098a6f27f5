import fs from 'node:fs';
import { join } from 'node:path';
import { compareBytes, ROOT } from '@f9/core/driver';
import { expect, test } from 'vitest';
import { entriesOf } from '../src/confined/directory-entries.ts';
import { OpenFolder } from '../src/files/open-folder.ts';
import { type Entry, SharedReads } from '../src/files/shared-reads.ts';
import { LocalFileBackend } from '../src/index.ts';
import { type Operation, Runner } from '../src/io/runner.ts';
import { waitFor } from '../src/io/system-calls.ts';
import { temporaryFolder } from './support/temporary-folder.ts';

// A directory of some thousand names is read and sorted a part at a time.

const NAMES = Array.from({ length: 3500 }, (_, i) => `note-${((i * 2654435761) % 2 ** 32).toString(36)}.md`);
const ODD = ['\u{1F600}.md', '\uFF5E.md', 'ä.md', 'a\\b.md'];

function makeLarge(names: readonly string[]): string {
  const root = temporaryFolder();
  const [first, ...others] = names.map((name) => join(root, name));
  fs.writeFileSync(first!, '');
  for (const other of others) fs.linkSync(first!, other);
  // One that changed just now is read at once.
  fs.utimesSync(root, new Date(0), new Date(0));
  return root;
}

test.each(['auto', 'async'] as const)('everything is listed in order, io %s', async (io) => {
  const root = makeLarge([...NAMES, ...ODD]);
  fs.mkdirSync(join(root, 'm'));
  fs.writeFileSync(Buffer.concat([Buffer.from(`${root}/`), Buffer.from([0xff])]), '');
  fs.utimesSync(root, new Date(0), new Date(0));
  await using vault = await LocalFileBackend.open({ root, io });
  fs.utimesSync(root, new Date(0), new Date(0));
  const expected = [...NAMES, ...ODD.slice(0, 3), 'm'].sort(compareBytes);
  const skipped: string[] = [];
  const listed = await Array.fromAsync(
    vault.list('/', { onSkipped: ({ path }) => void skipped.push(path) }),
    ({ path }) => path,
  );
  expect(listed).toEqual(expected);
  expect(skipped.sort()).toEqual(['\\xff', 'a\\b.md']);
  const found = await vault.glob('*.md');
  expect(found.sort(compareBytes)).toEqual(expected.filter((name) => name !== 'm'));
  const together = await Promise.all(
    Array.from({ length: 20 }, () => Array.fromAsync(vault.list('/'), ({ path }) => path)),
  );
  for (const each of together) expect(each).toEqual(expected);
});

test('what is renamed while it is read is neither missed nor seen twice', async () => {
  const root = makeLarge(NAMES);
  const runner = new Runner('none');
  const options = { stateDirectory: undefined, durability: 'none', hides: undefined, hasProc: true } as const;
  const folder = await OpenFolder.open(runner, { ...options, path: root });
  fs.utimesSync(root, new Date(0), new Date(0));
  let name = NAMES[0]!;
  let count = 0;
  const entries = await runner.runUnqueued(
    between(entriesOf(folder.root, await runner.runUnqueued(folder.root.openDirectory(ROOT)), ROOT), () => {
      // The last time before it is closed, with every part of it read.
      if (count === 7) return;
      const next = `renamed ${count++}.md`;
      fs.renameSync(join(root, name), join(root, next));
      name = next;
    }),
  );
  expect(entries.map((entry) => entry.name).sort()).toEqual([...NAMES.slice(1), 'renamed 6.md'].sort());
  await runner.runUnqueued(folder.close());
});

test('those who ask while a directory is read share the read that comes after, and none that began before', async () => {
  const runner = new Runner('none');
  const reads = new SharedReads();
  const gates: PromiseWithResolvers<readonly Entry[]>[] = [];
  const list = (): Promise<readonly Entry[]> =>
    runner.runUnqueued(
      reads.join('here', () => {
        const gate = Promise.withResolvers<readonly Entry[]>();
        gates.push(gate);
        return waitFor(() => gate.promise);
      }),
    );
  const entry = (name: string): Entry => ({ name, fileType: 'file', stats: undefined });
  const first = list();
  const later = [list(), list(), list()];
  await expect.poll(() => gates.length).toBe(1);
  gates[0]!.resolve([entry('old')]);
  expect(await first).toEqual([entry('old')]);
  await expect.poll(() => gates.length).toBe(2);
  // The one who reads for all fails, as where he is aborted: the others read themselves.
  gates[1]!.reject(new Error('aborted'));
  await expect(later[0]).rejects.toThrow('aborted');
  await expect.poll(() => gates.length).toBe(3);
  gates[2]!.resolve([entry('new')]);
  await expect.poll(() => gates.length).toBe(4);
  gates[3]!.resolve([entry('new')]);
  expect(await Promise.all(later.slice(1))).toEqual([[entry('new')], [entry('new')]]);
});

/** Does something whenever an operation waits but for the first time. */
function* between<T>(operation: Operation<T>, act: () => void): Operation<T> {
  let step = operation.next();
  if (step.done !== true) step = operation.next(yield step.value);
  while (step.done !== true) {
    act();
    step = operation.next(yield step.value);
  }
  return step.value;
}
