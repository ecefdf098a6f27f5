import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isLong } from '../../../../scripts/test/daily.ts';
import { compareVaults, type FileBackend, MemoryFileBackend, mirror } from '../../src/index.ts';
import { contents } from './vaults.ts';

const RUNS = isLong ? 5000 : 500;
const SEED = Number(process.env.F9_SEED ?? 1);

// Few names, so that files of one side meet directories of the other; some that are awkward.
const name = fc.constantFrom('a', 'b', 'A', 'é', 'e\u0301', '.dot', 'x y', '[z]', '#', '{c}', '*', '!');
const path = fc.array(name, { minLength: 1, maxLength: 3 }).map((names) => names.join('/'));
const tree = fc.dictionary(path, fc.constantFrom('', '1', '22', 'same', 'long '.repeat(20)), { maxKeys: 8 });

/** A vault of as many of the files as fit beside each other. */
async function vaultOf(files: Readonly<Record<string, string>>): Promise<FileBackend> {
  const vault = new MemoryFileBackend();
  for (const [at, data] of Object.entries(files)) await vault.create(at, { data }).catch(() => undefined);
  return vault;
}

test(`any vault becomes any other, a dry run says how, and again there is nothing to do (seed ${SEED})`, async () => {
  await fc.assert(
    fc.asyncProperty(tree, tree, async (before, after) => {
      const [source, target] = [await vaultOf(after), await vaultOf(before)];
      const wanted = await contents(source);
      const plan = await mirror(source, target, { prune: 'even-if-empty', dryRun: true });
      const { bytes: _, ...done } = await mirror(source, target, { prune: 'even-if-empty' });
      expect(done.failed).toEqual([]);
      expect(await contents(target)).toEqual(wanted);
      expect(await contents(source)).toEqual(wanted);
      const files = (result: typeof done): string[] =>
        [...result.copied, ...result.updated, ...result.moved].map((change) => change.path).sort();
      expect(files(done)).toEqual(files(plan));
      expect(done.deleted).toEqual(plan.deleted);
      expect(await compareVaults(source, target)).toMatchObject({ inStep: true });
      const directories = await target.globDirs('**', { dot: true });
      expect(directories).toEqual(await source.globDirs('**', { dot: true }));
    }),
    { numRuns: RUNS, seed: SEED },
  );
});

test(`without pruning nothing of the target goes away (seed ${SEED})`, async () => {
  await fc.assert(
    fc.asyncProperty(tree, tree, async (before, after) => {
      const [source, target] = [await vaultOf(after), await vaultOf(before)];
      const [wanted, had] = [await contents(source), await contents(target)];
      const { failed } = await mirror(source, target);
      const has = await contents(target);
      for (const file of Object.keys(had)) expect(has).toHaveProperty([file]);
      for (const [file, text] of Object.entries(wanted)) {
        // What the target has in the way is kept, and said.
        if (failed.some((each) => each.path === file)) continue;
        expect(has[file]).toBe(text);
      }
    }),
    { numRuns: RUNS, seed: SEED },
  );
});
