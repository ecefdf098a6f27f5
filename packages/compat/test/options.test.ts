import { once } from 'node:events';
import fs, { readFileSync } from 'node:fs';
import promises, { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { MemoryFileBackend } from '@f9/core';
import { describe, expect, test } from 'vitest';
import { createFs, type VaultFileHandle, type VaultFs } from '../src/index.ts';

/** Options as a caller gives them, of any name. */
type Given = never;

/** What becomes of each option that Node documents, or looks at. */
interface Options {
  readonly call: (fs: VaultFs, p: (path: string) => string, options: Given) => Promise<unknown>;
  /** Looked at here as well; `like-node.test.ts` holds what they do to what Node does. */
  readonly followed?: readonly string[];
  /** `ENOTSUP`, each with a value that asks for it. */
  readonly refused?: Readonly<Record<string, unknown>>;
  /** Say nothing in a vault; the README says of each why. */
  readonly silent?: readonly string[];
}

const withHandle =
  (flags: string, use: (handle: VaultFileHandle, options: Given) => unknown): Options['call'] =>
  async (vault, p, options) => {
    await using handle = await vault.open(p('f'), flags);
    await use(handle, options);
  };

const STREAM = ['encoding', 'autoClose', 'emitClose', 'start', 'highWaterMark', 'signal'];

const METHODS: Readonly<Record<string, Options>> = {
  readFile: {
    call: (vault, p, options) => vault.readFile(p('f'), options),
    followed: ['encoding', 'flag', 'signal'],
    refused: { buffer: Buffer.alloc(9) },
  },
  writeFile: {
    call: (vault, p, options) => vault.writeFile(p('f'), 'x', options),
    followed: ['encoding', 'flag', 'mode', 'signal'],
    silent: ['flush'],
  },
  appendFile: {
    call: (vault, p, options) => vault.appendFile(p('f'), 'x', options),
    // Taken over into those of writeFile.
    followed: [],
    silent: ['flush'],
  },
  stat: {
    call: (vault, p, options) => vault.stat(p('none'), options),
    followed: ['throwIfNoEntry'],
    refused: { bigint: true },
  },
  lstat: { call: (vault, p, options) => vault.lstat(p('f'), options), refused: { bigint: true } },
  realpath: { call: (vault, p, options) => vault.realpath(p('f'), options), followed: ['encoding'] },
  readdir: {
    call: (vault, p, options) => vault.readdir(p('d'), options),
    followed: ['encoding', 'recursive', 'withFileTypes'],
  },
  'readdir with types': {
    call: (vault, p, options) => vault.readdir(p('d'), Object.assign(options, { withFileTypes: true })),
    followed: ['recursive', 'withFileTypes'],
    refused: { encoding: 'hex' },
  },
  mkdir: {
    call: (vault, p, options) => vault.mkdir(p('m'), options),
    followed: ['recursive'],
    silent: ['mode'],
  },
  mkdtemp: { call: (vault, p, options) => vault.mkdtemp(p('t-'), options), followed: ['encoding'] },
  mkdtempDisposable: {
    call: (vault, p, options) => vault.mkdtempDisposable(p('t-'), options),
    refused: { encoding: 'hex' },
  },
  rmdir: {
    call: (vault, p, options) => vault.rmdir(p('e'), options),
    refused: { recursive: true },
    silent: ['maxRetries', 'retryDelay'],
  },
  rm: {
    call: (vault, p, options) => vault.rm(p('f'), options),
    followed: ['force', 'maxRetries', 'recursive', 'retryDelay'],
  },
  cp: {
    call: async (vault, p, options) => {
      await vault.cp(p('f'), p('c'), options);
      await vault.cp(p('d'), p('copy'), options);
    },
    followed: ['errorOnExist', 'filter', 'force', 'mode', 'recursive'],
    refused: { preserveTimestamps: true, verbatimSymlinks: true },
    silent: ['dereference'],
  },
  watch: {
    call: (vault, p, options) => vault.watch(p('d'), options)[Symbol.asyncIterator]().next(),
    // The encoding is looked at with the first name.
    followed: ['recursive', 'signal'],
    refused: { maxQueue: 10, overflow: 'throw', ignore: '*.log' },
    silent: ['encoding', 'persistent'],
  },
  createReadStream: {
    call: async (vault, p, options) => finished(vault.createReadStream(p('f'), options).resume()),
    followed: [...STREAM, 'end', 'flags'],
    refused: { fd: 3, fs: {} },
    silent: ['mode'],
  },
  createWriteStream: {
    call: async (vault, p, options) => finished(vault.createWriteStream(p('f'), options).end('x')),
    followed: [...STREAM.filter((name) => name !== 'start'), 'flags', 'mode'],
    refused: { fd: 3, fs: {}, start: 1 },
    silent: ['flush'],
  },
  'FileHandle.read': {
    call: withHandle('r', (handle, options) => handle.read(options)),
    followed: ['buffer', 'offset', 'length', 'position'],
  },
  'FileHandle.read into a buffer': {
    call: withHandle('r', (handle, options) => handle.read(Buffer.alloc(3), options)),
    followed: ['offset', 'length', 'position'],
  },
  'FileHandle.write': {
    call: withHandle('r+', (handle, options) => handle.write(Buffer.from('abc'), options)),
    followed: ['offset', 'length', 'position'],
  },
  'FileHandle.readFile': {
    call: withHandle('r', (handle, options) => handle.readFile(options)),
    followed: ['encoding', 'signal'],
    refused: { buffer: Buffer.alloc(9) },
    // Of a handle that is open.
    silent: ['flag'],
  },
  'FileHandle.writeFile': {
    call: withHandle('r+', (handle, options) => handle.writeFile('x', options)),
    followed: ['encoding', 'signal'],
    silent: ['flag', 'flush'],
  },
  'FileHandle.appendFile': {
    call: withHandle('r+', (handle, options) => handle.appendFile('x', options)),
    followed: ['encoding', 'signal'],
    silent: ['flag', 'flush'],
  },
  'FileHandle.stat': {
    call: withHandle('r', (handle, options) => handle.stat(options)),
    refused: { bigint: true },
  },
  'FileHandle.createReadStream': {
    call: async (vault, p, options) => {
      const handle = await vault.open(p('f'));
      await finished(handle.createReadStream(options).resume());
    },
    followed: [...STREAM, 'end'],
  },
  'FileHandle.createWriteStream': {
    call: async (vault, p, options) => {
      const handle = await vault.open(p('f'), 'r+');
      await finished(handle.createWriteStream(options).end('x'));
    },
    followed: STREAM,
    silent: ['flush'],
  },
  'FileHandle.readLines': {
    call: async (vault, p, options) => {
      const handle = await vault.open(p('f'));
      await once(handle.readLines(options), 'close');
    },
    followed: [...STREAM, 'end'],
  },
  'FileHandle.readableWebStream': {
    call: withHandle('r', (handle, options) => Array.fromAsync(handle.readableWebStream(options))),
    followed: ['autoClose'],
    silent: ['type'],
  },
};

/** Of these Node takes a copy before it looks: what it looks at is what its documentation lists. */
const COPIED = /^(?:rm|rmdir|cp|appendFile|create\w+Stream|FileHandle\.(?:create\w+Stream|readLines))$/;

/** Options that tell what was looked at. */
function observed(seen: Set<string>): Given {
  const note = (name: string | symbol): void => {
    if (typeof name === 'string') seen.add(name);
  };
  const options = new Proxy(
    {},
    {
      get: (target, name) => {
        note(name);
        return Reflect.get(target, name);
      },
      has: (target, name) => {
        note(name);
        return Reflect.has(target, name);
      },
    },
  );
  return options as Given;
}

async function looksAt({ call }: Options, vault: VaultFs, root: string): Promise<Set<string>> {
  const p = (path: string): string => `${root}/${path}`;
  await vault.mkdir(p('d'), { recursive: true });
  await vault.mkdir(p('e'));
  await vault.writeFile(p('f'), 'hello');
  await vault.writeFile(p('d/g'), 'g');
  const seen = new Set<string>();
  const called = call(vault, p, observed(seen));
  // A watch waits for what never comes.
  await Promise.race([called.catch(() => undefined), new Promise((resolve) => setTimeout(resolve, 300))]);
  return seen;
}

const real = { ...fs, ...promises, promises, constants: fs.constants };

describe.each(Object.entries(METHODS))('%s', (method, options) => {
  const { followed = [], refused = {}, silent = [], call } = options;

  test('looks at every option that it follows or refuses', async () => {
    const vault = createFs(new MemoryFileBackend());
    const seen = await looksAt(options, vault, '/root');
    expect([...followed, ...Object.keys(refused)].filter((name) => !seen.has(name))).toEqual([]);
  });

  if (!COPIED.test(method)) {
    test('knows every option that Node looks at', async () => {
      const root = await mkdtemp(join(tmpdir(), 'f9-options-'));
      const seen = await looksAt(options, real as never, root);
      await rm(root, { recursive: true, force: true });
      // Node checks that a signal is one wherever an encoding is taken, also where it then listens to none.
      const known = new Set([...followed, ...Object.keys(refused), ...silent, 'signal']);
      expect([...seen].filter((name) => !known.has(name))).toEqual([]);
    });
  }

  test.each(Object.entries(refused))('refuses %s', async (name, value) => {
    const vault = createFs(new MemoryFileBackend());
    await vault.mkdir('/d');
    await vault.mkdir('/e');
    await vault.writeFile('/f', 'hello');
    const given = { [name]: value } as Given;
    await expect(call(vault, (path) => `/${path}`, given)).rejects.toMatchObject({ code: 'ENOTSUP' });
    expect(await vault.readdir('/')).toEqual(['d', 'e', 'f']);
    expect(await vault.readFile('/f', 'utf8')).toBe('hello');
  });
});

test('the README names every option that is refused, and every one that says nothing', () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
  const names = Object.values(METHODS).flatMap(({ refused = {}, silent = [] }) => [
    ...Object.keys(refused),
    ...silent,
  ]);
  const unsaid = new Set(names.filter((name) => !new RegExp(`\`[^\`]*\\b${name}\\b`).test(readme)));
  expect([...unsaid]).toEqual([]);
});
