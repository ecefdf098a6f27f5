import assert from 'node:assert/strict';
import { type FileBackend, isFileBackendError, MemoryFileBackend, mirror } from '@f9/core';
import { MAX_PATH_BYTES } from '@f9/core/driver';
import { type ConformanceGroup, declares, syncGroup } from '../conformance-case.ts';
import { byBytes } from '../proving/bytes.ts';
import type { CaseContext } from '../proving/case-context.ts';
import { Random } from '../proving/random.ts';
import { meantBy, pathOfLength, randomName, typedPath } from '../proving/random-paths.ts';
import { twoVaults } from '../proving/two-vaults.ts';
import { listed, snapshot } from '../proving/vault-contents.ts';

/** Operations at the same time. */
const AT_ONCE = 8;

/** Codes with which a valid path may be refused. */
const TAKEN = ['ALREADY_EXISTS', 'IS_DIRECTORY', 'NOT_DIRECTORY'] as const;

/** Endings that make a path a directory: `file` is a file, `dir` a directory, nothing is at `n`. */
const DIRECTORY_ENDINGS = ['/', '\\', '//', '/.', '\\.', '/x/..', '/./'];

export const anyNames: ConformanceGroup = {
  name: 'any names',
  cases: [
    {
      promises: ['paths.whole', 'paths.to-the-byte'],
      title: 'any path is refused, and nothing is made, or is a name like others for every operation',
      run: async (t) => {
        const random = new Random();
        const paths = await createAny(t, t.backend, random, many(t, 160, 10_000));
        await assertNamed(t.backend, paths);
        await t.seen((fresh) => assertFound(fresh, paths));
        const some = paths.filter(() => random.once(Math.ceil(paths.length / 40)));
        for (const [at, path] of some.entries()) {
          assert.deepEqual(await t.backend.glob(literally(path), { dot: true }), [path], told(random, path));
          await t.backend.move(path, `moved-${at}`);
          await t.backend.copy(`moved-${at}`, path);
          await t.backend.delete(`moved-${at}`);
          assert.equal(await t.backend.read(path, { binary: false }), path, told(random, path));
        }
        for (const name of await listed(t.backend)) await t.backend.delete(name, { recursive: true });
        assert.deepEqual(await listed(t.backend), []);
      },
    },
    {
      promises: ['paths.directory'],
      title: 'a path that says directory names no file, for no operation',
      run: async (t) => {
        const { backend } = t;
        await backend.create('file', { data: 'file' });
        await backend.create('dir/x', { data: 'x' });
        await t.unchangedBy(async () => {
          for (const ending of DIRECTORY_ENDINGS) {
            for (const path of [`n${ending}`, `file${ending}`, `dir/n${ending}`]) {
              const attempts: Record<string, () => Promise<unknown>> = {
                create: () => backend.create(path, { data: 'new' }),
                'create over': () => backend.create(path, { data: 'new', overwrite: true }),
                streamWrite: () => backend.streamWrite(path, { chunkSource: ['new'], overwrite: true }),
                update: () => backend.update(path, { data: 'new' }),
                read: () => backend.read(path),
                streamRead: () => Array.fromAsync(backend.streamRead(path)),
                'copy to': () => backend.copy('file', path, { overwrite: true }),
                'move to': () => backend.move('dir/x', path, { overwrite: true }),
                checksum: () => backend.checksum(path),
                info: () => backend.info(path),
                list: () => listed(backend, path),
                delete: () => backend.delete(path),
                'recursive delete': () => backend.delete(path, { recursive: true }),
              };
              const codes = ['INVALID_PATH', 'NOT_DIRECTORY', 'NOT_FOUND'];
              for (const [name, attempt] of Object.entries(attempts)) {
                const error = await attempt().then(
                  () => undefined,
                  (thrown: unknown) => thrown,
                );
                assert.ok(
                  codes.some((code) => isFileBackendError(error) && error.code === code),
                  `${name} of ${JSON.stringify(path)} must be refused, not ${error ?? 'done'}`,
                );
              }
              assert.equal(await backend.exists(path), false, `Nothing is at ${JSON.stringify(path)}`);
              assert.equal((await backend.checksumMany([path])).size, 0, path);
            }
          }
          assert.deepEqual(await backend.glob('*/', { includeDirs: true }), ['dir']);
          assert.deepEqual(await backend.globFiles('**/'), []);
        });
        for (const ending of DIRECTORY_ENDINGS) {
          assert.equal((await backend.info(`dir${ending}`)).isDir, true, ending);
          assert.equal(await backend.exists(`dir${ending}`), true, ending);
          assert.deepEqual(await listed(backend, `dir${ending}`), ['dir/x'], ending);
          await backend.copy(`dir${ending}`, `copy${ending}`);
          assert.equal(await backend.read('copy/x', { binary: false }), 'x');
          await backend.delete(`copy${ending}`, { recursive: true });
        }
      },
    },
    {
      promises: ['paths.length'],
      title: 'a path of 2,048 bytes is one for every operation, a longer one for none',
      run: async (t) => {
        const most = t.harness.longestPath ?? MAX_PATH_BYTES;
        const longest = [pathOfLength(most), `é/${pathOfLength(most - 3)}`];
        for (const path of longest) {
          assert.equal(Buffer.byteLength(path), most);
          await t.backend.create(path, { data: 'first' });
          await t.backend.update(path, { data: 'second' });
          await t.holds(path, 'second', 'first');
          await t.backend.move(path, 'short');
          await t.backend.copy('short', path);
          await t.backend.delete('short');
          assert.deepEqual(await t.backend.glob(path), [path]);
          assert.equal((await t.backend.checksumMany([path])).size, 1);
          assert.equal((await t.backend.info(path)).path, path);
          assert.ok((await listed(t.backend, '/', true)).includes(path));
        }
        assert.deepEqual(await t.backend.globFiles('**'), longest.toSorted(byBytes));
        await t.unchangedBy(async () => {
          for (const path of [pathOfLength(MAX_PATH_BYTES + 1), `é/${pathOfLength(MAX_PATH_BYTES - 2)}`]) {
            for (const attempt of [
              () => t.backend.create(path, { data: 'x' }),
              () => t.backend.streamWrite(path, { chunkSource: ['x'] }),
              () => t.backend.copy(longest[0]!, path),
              () => t.backend.move(longest[0]!, path),
              () => t.backend.read(path),
              () => t.backend.info(path),
              () => t.backend.exists(path),
              () => listed(t.backend, path),
              () => t.backend.delete(path),
            ]) {
              await t.rejects(attempt(), 'INVALID_PATH');
            }
          }
        });
      },
    },
    {
      promises: ['paths.length', 'transfer.directory'],
      title: 'a directory does not go to where what is in it could not be named, and stays whole',
      run: async (t) => {
        const most = t.harness.longestPath ?? MAX_PATH_BYTES;
        const deep = `d/${pathOfLength(most - 2)}`;
        await t.backend.create('d/a', { data: 'a' });
        await t.backend.create(deep, { data: 'deep' });
        await t.unchangedBy(async () => {
          await t.rejects(t.backend.move('d', 'dd'), 'INVALID_PATH');
          await t.rejects(t.backend.copy('d', 'dd'), 'INVALID_PATH');
        });
        await t.backend.move('d', 'e');
        await t.holds(`e${deep.slice(1)}`, 'deep');
        assert.deepEqual(await t.backend.globFiles('**'), ['e/a', `e${deep.slice(1)}`]);
      },
    },
    {
      promises: ['paths.mirrored'],
      title: 'any tree can be mirrored here and back, one over the other',
      run: async (t) => {
        const random = new Random();
        for await (const source of randomTrees(t, random, many(t, 12, 1000))) {
          const wanted = await snapshot(source);
          const there = await mirror(source, t.backend, { prune: 'even-if-empty' });
          assert.deepEqual([there.failed, there.skipped], [[], []], told(random, ...Object.keys(wanted)));
          assert.deepEqual(await snapshot(t.backend), wanted, told(random, ...Object.keys(wanted)));
          const again = await mirror(source, t.backend, { prune: 'even-if-empty' });
          assert.deepEqual([again.copied, again.updated, again.moved, again.deleted], [[], [], [], []]);
          const back = new MemoryFileBackend();
          await mirror(t.backend, back);
          assert.deepEqual(await snapshot(back), wanted, told(random, ...Object.keys(wanted)));
        }
      },
    },
    {
      promises: ['paths.mirrored', 'directories.empty-kept'],
      title: 'a directory of any name that holds nothing is one all the same',
      when: declares('emptyDirectories'),
      run: async (t) => {
        const random = new Random();
        const made = new Set<string>();
        for (let at = 0; at < many(t, 40, 2000); at++) {
          const name = randomName(random);
          const path = meantBy(name);
          if (path === undefined || !isOurs(t, path) || /f9/i.test(path)) continue;
          await t.backend.create(name, { isDirectory: true, overwrite: true });
          for (const each of [path, ...above(path)]) made.add(each);
        }
        assert.deepEqual((await listed(t.backend, '/', true)).toSorted(byBytes), [...made].sort(byBytes));
        for (const path of made) assert.equal((await t.backend.info(path)).isDir, true, told(random, path));
        for (const path of [...made].sort(byBytes).reverse()) await t.backend.delete(path);
        assert.deepEqual(await listed(t.backend), []);
      },
    },
  ],
};

export const anyNamesPublished: ConformanceGroup = syncGroup('any names, published', [
  {
    promises: ['sync.names'],
    title: 'whatever path is accepted is published, and pulled under its name',
    run: async (t) => {
      const [here, there] = await twoVaults(t);
      const random = new Random();
      // Pushes stay small enough not to be taken for hanging.
      for (let round = t.isLong ? 10 : 1; round > 0; round--) {
        const paths = await createAny(t, here, random, many(t, 160, 1000));
        await here.push();
        await there.pull();
        await assertNamed(there, paths);
        for (const name of await listed(there)) await there.delete(name, { recursive: true });
        await there.push();
        await here.pull();
        assert.deepEqual(await here.globFiles('**', { dot: true }), []);
      }
    },
  },
  {
    promises: ['sync.names', 'paths.mirrored'],
    title: 'any tree that is mirrored here is published whole, one over the other',
    run: async (t) => {
      const [here, there] = await twoVaults(t);
      const random = new Random();
      for await (const source of randomTrees(t, random, many(t, 4, 60))) {
        const { failed } = await mirror(source, here, { prune: 'even-if-empty' });
        assert.deepEqual(failed, []);
        await here.push();
        await there.pull();
        const paths = await source.globFiles('**', { dot: true });
        assert.deepEqual(await there.globFiles('**', { dot: true }), paths, told(random, ...paths));
        for (const path of paths) assert.deepEqual(await there.read(path), await source.read(path));
      }
    },
  },
]);

/** A number of rounds for the time there is: a tenth of `long` where every operation is slow. */
function many(t: CaseContext, everyday: number, long: number): number {
  return t.isLong ? t.scaled(long, long / 10) : t.rounds(everyday, long);
}

/** Creates files at random paths, each with its path as content, and gives the paths of those that are there then. */
async function createAny(
  t: CaseContext,
  backend: FileBackend,
  random: Random,
  count: number,
): Promise<string[]> {
  const accepted: string[] = [];
  const typed = Array.from({ length: count }, (_, at) => typedPath(random, at));
  await eachOf(typed.map(unfolded(t)), async (path) => {
    const meant = meantBy(path);
    try {
      const info = await backend.create(path, { data: meant ?? '' });
      assert.equal(info.path, meant, told(random, path));
      accepted.push(info.path);
    } catch (error) {
      const isPath = meant !== undefined && isOurs(t, meant) && !/f9/i.test(meant);
      const codes: readonly string[] = isPath ? TAKEN : [...TAKEN, 'INVALID_PATH', 'PATH_OUTSIDE_ROOT'];
      if (!isFileBackendError(error) || !codes.includes(error.code)) {
        assert.fail(`${told(random, path)} must be accepted, or refused for what it is, not: ${error}`);
      }
    }
  });
  assert.ok(accepted.length > count / 4, `Of ${count} paths only ${accepted.length} were accepted`);
  return accepted.sort(byBytes);
}

/** Where names are folded, a filter of paths that do not fold into others. */
function unfolded(t: CaseContext): (path: string) => string {
  if (t.capabilities.caseSensitive) return (path) => path;
  return (path) => path.toLowerCase().normalize('NFC').toLowerCase();
}

/** Whether this store can have the path. */
function isOurs(t: CaseContext, path: string): boolean {
  return t.keepsName(path) && Buffer.byteLength(path) <= (t.harness.longestPath ?? MAX_PATH_BYTES);
}

/** Checks that every operation that takes a path finds each file and each directory above one, and nothing else. */
async function assertNamed(backend: FileBackend, paths: readonly string[]): Promise<void> {
  await assertFound(backend, paths);
  await eachOf(paths, async (path) => {
    assert.equal(await backend.read(path, { binary: false }), path);
    const { fileType, path: named } = await backend.info(path);
    assert.deepEqual([fileType, named], ['file', path]);
  });
  await eachOf([...directoriesOf(paths)], async (path) => {
    assert.equal((await backend.info(path)).isDir, true, `${JSON.stringify(path)} is a directory`);
  });
}

async function assertFound(backend: FileBackend, paths: readonly string[]): Promise<void> {
  const all = [...paths, ...directoriesOf(paths)].sort(byBytes);
  assert.deepEqual((await listed(backend, '/', true)).sort(byBytes), all);
  assert.deepEqual(await backend.globFiles('**', { dot: true }), paths);
  assert.equal((await backend.checksumMany(paths)).size, paths.length);
}

function directoriesOf(paths: readonly string[]): Set<string> {
  return new Set(paths.flatMap(above));
}

/** Every directory above a path. */
function above(path: string): string[] {
  const names = path.split('/');
  return names.slice(1).map((_, at) => names.slice(0, at + 1).join('/'));
}

/** A pattern that matches only the path. */
function literally(path: string): string {
  return path.replace(/[*?[\]{}]/g, '\\$&');
}

// The names are few, so that files of one tree meet directories of the next; each is awkward for some system.
const TREE_NAMES = [
  'a',
  'a b',
  'A',
  'é',
  'e\u0301',
  '.dot',
  ' ',
  '[z]',
  '#',
  '{c}',
  '*',
  '-x',
  'b',
  'b.',
  'b~',
];

/** Trees of some files in memory, each with a part of the one before it. */
async function* randomTrees(t: CaseContext, random: Random, rounds: number): AsyncGenerator<FileBackend> {
  const names = TREE_NAMES.filter((name) => t.keepsName(name) && name === unfolded(t)(name));
  const files = new Map<string, string>();
  for (let round = 0; round < rounds; round++) {
    for (const path of [...files.keys()]) {
      if (random.once(3)) files.delete(path);
      else if (random.once(4)) files.set(path, randomText(random));
    }
    for (let count = random.below(6); count > 0; count--) {
      const path = Array.from({ length: 1 + random.below(3) }, () => random.of(names)).join('/');
      files.set(path, randomText(random));
    }
    const tree = new MemoryFileBackend();
    for (const [path, data] of files) {
      try {
        await tree.create(path, { data });
      } catch (error) {
        // A file of this tree is in the way.
        if (!TAKEN.some((code) => isFileBackendError(error, code))) throw error;
        files.delete(path);
      }
    }
    yield tree;
  }
}

function randomText(random: Random): string {
  return random.of(['', '1', '22', 'the same', 'long '.repeat(50), `${random.below(1000)}`]);
}

/** Works on all items, some at a time. */
async function eachOf<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const left = [...items].reverse();
  const worker = async (): Promise<void> => {
    for (let item = left.pop(); item !== undefined; item = left.pop()) await work(item);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

function told({ seed }: Random, ...paths: readonly string[]): string {
  return `${paths.map((path) => JSON.stringify(path)).join(', ')} (F9_SEED=${seed})`;
}
