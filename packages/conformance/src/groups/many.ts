import assert from 'node:assert/strict';
import { type FileBackend, isFileBackendError } from '@f9/core';
import {
  type BackendDriver,
  type ByteSource,
  backendOf,
  type FileToRemove,
  type FileToWrite,
  layer,
  normalizePath,
} from '@f9/core/driver';
import type { ConformanceGroup } from '../conformance-case.ts';
import { bytes } from '../proving/bytes.ts';
import type { CaseContext } from '../proving/case-context.ts';
import { failureOf } from '../proving/failures.ts';
import { snapshot } from '../proving/vault-contents.ts';

type Member = 'statMany' | 'writeMany' | 'removeMany' | 'copyTree' | 'moveTree' | 'removeTree';

const MANY: readonly Member[] = ['statMany', 'writeMany', 'removeMany', 'copyTree', 'moveTree', 'removeTree'];

/** The condition of cases about optional members of a driver. */
const has =
  (...members: readonly Member[]) =>
  ({ driver }: FileBackend): boolean =>
    members.some((member) => driver[member] !== undefined);

/** The same vault with derived forms of these members. */
function derived(backend: FileBackend): FileBackend {
  return backendOf(layer(backend.driver, Object.fromEntries(MANY.map((member) => [member, undefined]))));
}

/** Makes the files that are asked about, written and removed. */
async function plant({ backend, capabilities }: CaseContext): Promise<void> {
  for (const path of ['dir/a', 'dir/b', 'dir/sub/c', 'file', 'other'])
    await backend.create(path, { data: path });
  if (capabilities.emptyDirectories) await backend.create('empty', { isDirectory: true });
}

const PATHS = ['dir/a', 'gone', 'dir', 'file', 'file/below', '', 'dir/gone', 'dir/a', 'empty', 'other'].map(
  (path) => normalizePath(path === '' ? '/' : path),
);

/** The outcome of one of many. */
function outcomeOf(result: PromiseSettledResult<unknown>): string {
  if (result.status === 'fulfilled') return 'done';
  return isFileBackendError(result.reason)
    ? `${result.reason.code} ${result.reason.path}`
    : String(result.reason);
}

/** Bytes that come in two pieces. */
async function* pieces(text: string): AsyncGenerator<Uint8Array, void, void> {
  yield bytes(text.slice(0, 2));
  yield bytes(text.slice(2));
}

function fileOf(
  path: string,
  source: ByteSource | string,
  conditions: Partial<FileToWrite> = {},
): FileToWrite {
  const content = typeof source === 'string' ? bytes(source) : source;
  return { path: normalizePath(path), source: content, ifExists: 'fail', ifMissing: 'create', ...conditions };
}

/** Files to write, of which some must fail. */
async function writesTo(backend: FileBackend): Promise<FileToWrite[]> {
  const conditions = backend.capabilities.ifMatch !== false;
  const replace = { ifExists: 'replace' } as const;
  const { etag } = await backend.info('other');
  return [
    fileOf('new/deep/x', 'new'),
    fileOf('file', 'refused'),
    fileOf('dir/b', pieces('from pieces'), replace),
    fileOf('dir', 'a file where a directory is', replace),
    fileOf('file/below', 'below a file'),
    fileOf('gone', 'not made', { ...replace, ifMissing: 'fail' }),
    fileOf('empty-file', ''),
    ...(conditions
      ? [
          fileOf('dir/a', 'refused', { ...replace, ifMatch: 'no such version' }),
          fileOf('other', 'right version', { ...replace, ifMatch: etag }),
        ]
      : []),
    fileOf('z', 'the last'),
  ];
}

async function removalsFrom(backend: FileBackend): Promise<FileToRemove[]> {
  const { ifMatch, emptyDirectories } = backend.capabilities;
  const { etag } = await backend.info('other');
  const of = (path: string, conditions: Omit<FileToRemove, 'path'> = {}): FileToRemove => ({
    path: normalizePath(path),
    ...conditions,
  });
  return [
    of('gone'),
    of('dir/a'),
    of('dir'),
    ...(ifMatch === false
      ? []
      : [of('file', { ifMatch: 'no such version' }), of('other', { ifMatch: etag })]),
    ...(emptyDirectories ? [of('empty')] : []),
    of('dir/sub/c'),
  ];
}

/** Compares a member of a driver with the same work done file by file. */
async function bothWays(
  t: CaseContext,
  work: (t: CaseContext, driver: BackendDriver) => Promise<readonly PromiseSettledResult<unknown>[]>,
  one: (t: CaseContext, driver: BackendDriver) => Promise<readonly PromiseSettledResult<unknown>[]>,
): Promise<void> {
  const outcomes: unknown[] = [];
  for (const way of [work, one]) {
    await t.again(async (own) => {
      await plant(own);
      const results = await way(own, own.backend.driver);
      outcomes.push({ results: results.map(outcomeOf), left: await snapshot(own.backend) });
      for (const result of results) {
        if (result.status === 'rejected') assert.ok(isFileBackendError(result.reason), String(result.reason));
      }
    });
  }
  assert.deepEqual(outcomes[0], outcomes[1], 'Many in one call come to the same as one after another');
}

async function oneByOne<T>(
  items: readonly T[],
  work: (item: T) => Promise<unknown>,
): Promise<PromiseSettledResult<unknown>[]> {
  const results: PromiseSettledResult<unknown>[] = [];
  for (const item of items) results.push(...(await Promise.allSettled([work(item)])));
  return results;
}

type Trees = Readonly<Record<string, (backend: FileBackend) => Promise<unknown>>>;

/** Copies, moves and removals of directories that show most, on the files of `plant`. */
const TREES: Trees = {
  'copy to a new place': (vault) => vault.copy('dir', 'new/place'),
  'copy into one that is there': (vault) => vault.copy('dir', 'there', { overwrite: true }),
  'copy onto a file': (vault) => vault.copy('dir', 'file', { overwrite: true }),
  'move into one that is there': (vault) => vault.move('dir', 'there', { overwrite: true }),
  'move onto one that is there': (vault) => vault.move('dir', 'there'),
  'removal of all': (vault) => vault.delete('dir', { recursive: true }),
};

/** More of them, for the long run. */
const MORE_TREES: Trees = {
  'copy onto one that is there': (vault) => vault.copy('dir', 'there'),
  'copy below a file': (vault) => vault.copy('dir', 'file/below'),
  'copy into itself': (vault) => vault.copy('dir', 'dir/sub/new'),
  'copy of nothing': (vault) => vault.copy('gone', 'new'),
  'move to a new place': (vault) => vault.move('dir', 'new/place'),
  'move onto a file': (vault) => vault.move('dir', 'file', { overwrite: true }),
  'move of nothing': (vault) => vault.move('gone', 'new'),
  'move out of itself': (vault) => vault.move('dir/sub', 'sub'),
  'removal of nothing': (vault) => vault.delete('gone', { recursive: true }),
  'removal of a file': (vault) => vault.delete('file', { recursive: true }),
};

export const many: ConformanceGroup = {
  name: 'many files in one call',
  cases: [
    {
      promises: ['many.stat'],
      title: 'what is at each path, in their order, as one look at each says it',
      when: has('statMany'),
      run: async (t) => {
        await plant(t);
        const { driver } = t.backend;
        const said = await driver.statMany!(PATHS, {});
        const expected = await Promise.all(PATHS.map((path) => driver.stat(path, {})));
        assert.deepEqual(
          said.map((info) => info?.toJSON()),
          expected.map((info) => info?.toJSON()),
        );
        assert.deepEqual(await driver.statMany!([], {}), []);
      },
    },
    {
      promises: ['many.write'],
      title: 'each is written as by itself, or refused for the same reason, and hinders no other',
      when: has('writeMany'),
      run: async (t) => {
        await bothWays(
          t,
          async ({ backend }, driver) => await driver.writeMany!(await writesTo(backend), {}),
          async ({ backend }, driver) =>
            await oneByOne(await writesTo(backend), ({ path, source, ...how }) =>
              driver.write(path, source, how),
            ),
        );
      },
    },
    {
      promises: ['many.write'],
      title: 'the results are the files that were written, and many more than a page of them',
      when: has('writeMany'),
      run: async (t) => {
        await t.backend.exists('/');
        const files = Array.from({ length: t.rounds(300, 3000) }, (_, i) =>
          fileOf(`d${i % 7}/f${i}`, `${i}`),
        );
        const results = await t.backend.driver.writeMany!(files, {});
        assert.equal(results.length, files.length);
        for (const [at, result] of results.entries()) {
          assert.equal(result.status, 'fulfilled', String(result.status === 'rejected' && result.reason));
          if (result.status !== 'fulfilled') continue;
          assert.deepEqual([result.value.path, result.value.size], [files[at]!.path, `${at}`.length]);
        }
        assert.equal((await t.backend.glob('**')).length, files.length);
        assert.deepEqual(await t.backend.driver.writeMany!([], {}), []);
      },
    },
    {
      promises: ['many.remove'],
      title: 'each is removed as by itself, or refused for the same reason, and hinders no other',
      when: has('removeMany'),
      run: async (t) => {
        await bothWays(
          t,
          async ({ backend }, driver) => await driver.removeMany!(await removalsFrom(backend), {}),
          async ({ backend }, driver) =>
            await oneByOne(await removalsFrom(backend), ({ path, ...how }) => driver.remove(path, how)),
        );
      },
    },
    {
      promises: ['many.write', 'many.remove'],
      title: 'an aborted call rejects with the reason and does nothing',
      when: has('writeMany', 'removeMany'),
      run: async (t) => {
        await plant(t);
        const reason = new Error('changed my mind');
        const signal = AbortSignal.abort(reason);
        const { driver } = t.backend;
        await t.unchangedBy(async () => {
          if (driver.writeMany !== undefined) {
            const work = driver.writeMany([fileOf('new', 'new')], { signal });
            assert.equal(await failureOf(work, 'The reason of the abort'), reason);
          }
          if (driver.removeMany !== undefined) {
            const work = driver.removeMany([{ path: normalizePath('dir/a') }], { signal });
            assert.equal(await failureOf(work, 'The reason of the abort'), reason);
          }
        });
      },
    },
    {
      promises: ['many.trees', 'many.remove'],
      title: 'whole directories are copied, moved and removed as file by file',
      when: has('copyTree', 'moveTree', 'removeTree', 'removeMany'),
      run: async (t) => {
        const trees = t.isLong ? { ...TREES, ...MORE_TREES } : TREES;
        for (const [name, work] of Object.entries(trees)) {
          const outcomes: unknown[] = [];
          for (const view of [(backend: FileBackend) => backend, derived]) {
            await t.again(async (own) => {
              await plant(own);
              await own.backend.create('there/a', { data: 'replaced' });
              await own.backend.create('there/kept', { data: 'kept' });
              const [result] = await Promise.allSettled([work(view(own.backend))]);
              const said =
                result!.status === 'rejected' ? (result!.reason as { code?: string }).code : 'done';
              outcomes.push({ said, left: await snapshot(own.backend) });
            });
          }
          assert.deepEqual(outcomes[0], outcomes[1], `A ${name} comes to the same`);
        }
      },
    },
  ],
};
