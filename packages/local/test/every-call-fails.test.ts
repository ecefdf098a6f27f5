import nodeFs from 'node:fs';
import { join } from 'node:path';
import { type FileBackend, isFileBackendError } from '@f9/core';
import { describe, expect, test, vi } from 'vitest';
import { daily } from '../../../scripts/test/daily.ts';
import { LocalFileBackend } from '../src/index.ts';
import { openFiles } from './support/open-files.ts';
import { everything, makeFolder, plant } from './support/temporary-folder.ts';

// Every system call of every operation fails once, on any system; `faults/` kills processes too, where there is a C compiler.

const faults = vi.hoisted(() => ({
  errno: 'EIO',
  countdown: Number.POSITIVE_INFINITY,
  /** A call that fails each time. */
  broken: undefined as string | undefined,
  calls: [] as string[],
}));

vi.mock('node:fs', async (importOriginal) => {
  const original = await importOriginal<typeof nodeFs>();
  const CALLS = [
    ...[
      'open',
      'fstat',
      'lstat',
      'read',
      'write',
      'futimes',
      'lutimes',
      'fchmod',
      'fchown',
      'rename',
      'link',
      'unlink',
    ],
    ...['mkdir', 'rmdir', 'readdir', 'readlink', 'realpath', 'fsync', 'symlink'],
  ] as const;
  type Any = (...args: unknown[]) => unknown;

  const failure = (name: string): Error | undefined => {
    if (faults.broken !== name) {
      if (faults.countdown === Number.POSITIVE_INFINITY) return undefined;
      faults.calls.push(name);
      if (faults.countdown-- !== 0) return undefined;
    }
    return Object.assign(new Error(`${faults.errno}: injected`), { code: faults.errno, syscall: name });
  };
  // The disk is not waited for.
  const isSkipped = (name: string): boolean =>
    name === 'fsync' && faults.countdown !== Number.POSITIVE_INFINITY;
  const sync = (name: string, call: Any): Any => {
    const wrapped: Any = (...args) => {
      const error = failure(name);
      if (error !== undefined) throw error;
      return isSkipped(name) ? undefined : call(...args);
    };
    return Object.assign(wrapped, call);
  };
  const callback = (name: string, call: Any): Any => {
    const wrapped: Any = (...args) => {
      const done = args.at(-1) as Any;
      const error = failure(name);
      if (error !== undefined || isSkipped(name)) setImmediate(done, error ?? null);
      else call(...args);
    };
    return Object.assign(wrapped, call);
  };
  const copyOf = (functions: object): Record<string, Any> =>
    Object.fromEntries(Object.entries(functions) as [string, Any][]);
  const promises = copyOf(original.promises);
  const fs = copyOf(original);
  for (const name of CALLS) {
    fs[`${name}Sync`] = sync(name, fs[`${name}Sync`]!);
    fs[name] = callback(name, fs[name]!);
    const inPromise = promises[name];
    if (inPromise === undefined) continue;
    promises[name] = async (...args) => {
      const error = failure(name);
      if (error !== undefined) throw error;
      return await inPromise(...args);
    };
  }
  return { ...fs, promises, default: { ...fs, promises } };
});

type Tree = Readonly<Record<string, string>>;

interface Operation {
  readonly name: string;
  readonly after: Tree;
  /** Whether a failure may leave something that is neither the old nor the new. */
  readonly mayLeave?: (tree: Tree) => boolean;
  run(backend: FileBackend): Promise<unknown>;
}

const BEFORE: Tree = { 'a.txt': 'old a', 'b.txt': 'old b', 'dir/c.txt': 'c', 'dir/sub/d.txt': 'd' };
const without = (...paths: string[]): Tree =>
  Object.fromEntries(Object.entries(BEFORE).filter(([path]) => !paths.includes(path)));
const isPartOfBefore = (tree: Tree): boolean =>
  Object.entries(tree).every(([path, content]) => BEFORE[path] === content);

async function* chunks(): AsyncGenerator<string> {
  yield 'new ';
  yield 'content';
}

const OPERATIONS: readonly Operation[] = [
  {
    name: 'create',
    after: { ...BEFORE, 'new/deep/e.txt': 'e' },
    run: (b) => b.create('new/deep/e.txt', { data: 'e' }),
  },
  { name: 'create of a directory', after: BEFORE, run: (b) => b.create('new/deep', { isDirectory: true }) },
  { name: 'update', after: { ...BEFORE, 'a.txt': 'new' }, run: (b) => b.update('a.txt', { data: 'new' }) },
  {
    name: 'append',
    after: { ...BEFORE, 'a.txt': 'old a+' },
    run: (b) => b.update('a.txt', { data: '+', append: true }),
  },
  {
    name: 'append of a stream',
    after: { ...BEFORE, 'a.txt': 'old anew content' },
    run: (b) => b.update('a.txt', { data: chunks(), append: true }),
  },
  {
    name: 'append that makes the file',
    after: { ...BEFORE, 'new/log.txt': '+' },
    run: (b) => b.update('new/log.txt', { data: '+', append: true, create: true }),
  },
  {
    name: 'edit',
    after: { ...BEFORE, 'a.txt': 'old a+' },
    run: (b) => b.edit('a.txt', (bytes) => `${Buffer.from(bytes)}+`),
  },
  {
    name: 'streamWrite',
    after: { ...BEFORE, 'dir/c.txt': 'new content' },
    run: (b) => b.streamWrite('dir/c.txt', { chunkSource: chunks(), overwrite: true }),
  },
  {
    name: 'copy',
    after: { ...BEFORE, 'b.txt': 'old a' },
    run: (b) => b.copy('a.txt', 'b.txt', { overwrite: true }),
  },
  {
    name: 'move onto a file',
    after: { ...without('a.txt'), 'b.txt': 'old a' },
    run: (b) => b.move('a.txt', 'b.txt', { overwrite: true }),
  },
  {
    name: 'move',
    after: { ...without('a.txt'), 'new/a.txt': 'old a' },
    mayLeave: (tree) => isSame(tree, { ...BEFORE, 'new/a.txt': 'old a' }),
    run: (b) => b.move('a.txt', 'new/a.txt'),
  },
  { name: 'delete', after: without('a.txt'), run: (b) => b.delete('a.txt') },
  {
    name: 'delete of a tree',
    after: without('dir/c.txt', 'dir/sub/d.txt'),
    mayLeave: isPartOfBefore,
    run: (b) => b.delete('dir', { recursive: true }),
  },
  { name: 'read', after: BEFORE, run: (b) => b.read('dir/sub/d.txt') },
  { name: 'streamRead', after: BEFORE, run: (b) => Array.fromAsync(b.streamRead('dir/sub/d.txt')) },
  { name: 'info', after: BEFORE, run: (b) => b.info('dir/sub/d.txt') },
  { name: 'list', after: BEFORE, run: (b) => Array.fromAsync(b.list('/', { recursive: true })) },
  {
    name: 'list with etags',
    after: BEFORE,
    run: (b) => Array.fromAsync(b.list('/', { recursive: true, maxDepth: 2, etags: true })),
  },
  { name: 'glob', after: BEFORE, run: (b) => b.glob('{dir,x}/*/d.txt') },
  { name: 'globInfo', after: BEFORE, run: (b) => b.globInfo('{dir,x}/*/d.txt', { includeDirs: true }) },
  {
    name: 'checksumMany',
    after: BEFORE,
    run: (b) => b.checksumMany(['a.txt', 'dir/c.txt', 'dir/sub/d.txt']),
  },
  { name: 'syncSession', after: BEFORE, run: (b) => b.syncSession(async () => undefined) },
];

function treeOf(root: string): Tree {
  const files = everything(root).filter((path) => nodeFs.statSync(join(root, path)).isFile());
  return Object.fromEntries(files.map((path) => [path, nodeFs.readFileSync(join(root, path), 'utf8')]));
}

function isSame(a: Tree, b: Tree): boolean {
  return JSON.stringify(Object.entries(a).sort()) === JSON.stringify(Object.entries(b).sort());
}

/** Runs the operation on a new vault while its `nth` call fails; tells which call that was, if there was one. */
async function runWithFault(
  operation: Operation,
  io: 'auto' | 'async',
  nth: number,
): Promise<string | undefined> {
  const root = makeFolder();
  try {
    plant(root, BEFORE);
    const open = openFiles().length;
    const backend = await LocalFileBackend.open({ root, io });
    faults.calls = [];
    faults.countdown = nth;
    const error: unknown = await operation.run(backend).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    faults.countdown = Number.POSITIVE_INFINITY;
    const call = faults.calls[nth];
    await backend[Symbol.asyncDispose]();
    const what = `${call}, call ${nth}: ${error}`;
    expect(openFiles().length, `handles after ${what}`).toBe(open);
    if (error !== undefined)
      expect(isFileBackendError(error, faults.errno === 'EIO' ? 'IO' : 'TOO_MANY_OPEN'), what).toBe(true);

    // What could not even be removed is so by the next process; see leftovers.test.ts.
    if (call === 'unlink') nodeFs.rmSync(join(root, '.f9'), { recursive: true, force: true });
    await using next = await LocalFileBackend.open({ root, io });
    await next.exists('a.txt');
    const tree = treeOf(root);
    const allowed = error === undefined ? [operation.after] : [BEFORE, operation.after];
    const isAllowed =
      allowed.some((expected) => isSame(tree, expected)) ||
      (error !== undefined && operation.mayLeave?.(tree) === true);
    expect(isAllowed, `${what} left ${JSON.stringify(tree)}`).toBe(true);
    return call;
  } finally {
    faults.countdown = Number.POSITIVE_INFINITY;
    nodeFs.rmSync(root, { recursive: true, force: true });
  }
}

describe.each([
  ['auto', 'EIO', OPERATIONS.length],
  // The calls are the same, and so is what follows from an error of them.
  ['async', 'EIO', 5],
  ['auto', 'EMFILE', 5],
] as const)('io: %s, %s', (io, errno, count) => {
  test.each(daily(OPERATIONS, count))(
    '$name leaves the old or the new, no file of its own and no handle',
    async (operation) => {
      faults.errno = errno;
      let count = 0;
      while ((await runWithFault(operation, io, count)) !== undefined) count++;
      expect(count, 'an operation that makes no system calls proves nothing').toBeGreaterThan(0);
    },
  );
});

test.each(['auto', 'async'] as const)(
  'io: %s: while no lock can be removed, what is done is acknowledged, other paths go on, and nothing waits for ever',
  async (io) => {
    const root = makeFolder();
    try {
      plant(root, BEFORE);
      await using backend = await LocalFileBackend.open({ root, io, durability: 'none' });
      faults.errno = 'EIO';
      faults.broken = 'unlink';
      await backend.update('a.txt', { data: 'new a' });
      await backend.update('b.txt', { data: 'new b' });
      await expect(backend.update('a.txt', { data: 'x' })).rejects.toMatchObject({ code: 'IO' });
      faults.broken = undefined;
      await backend.update('a.txt', { data: 'newer a' });
      expect(treeOf(root)).toEqual({ ...BEFORE, 'a.txt': 'newer a', 'b.txt': 'new b' });
      expect(everything(join(root, '.f9'))).toEqual([]);
    } finally {
      faults.broken = undefined;
      nodeFs.rmSync(root, { recursive: true, force: true });
    }
  },
);
