import assert from 'node:assert/strict';
import { type Capabilities, type FileBackend, MemoryFileBackend, mirror } from '@f9/core';
import type { ConformanceCase, ConformanceGroup } from '../conformance-case.ts';
import type { CaseContext } from '../proving/case-context.ts';
import { type Interruption, runInterrupted } from '../proving/interruption.ts';
import { Random } from '../proving/random.ts';

/** Files of a vault by their paths. */
type Files = Readonly<Record<string, string>>;

/** What a vault holds before each operation. */
const BEFORE: Files = { 'a.txt': 'old a', 'b.txt': 'old b', 'dir/c.txt': 'c', 'dir/sub/d.txt': 'd' };

/** What the files of `mirror` come from. */
const SOURCE: Files = { 'a.txt': 'new a', 'b.txt': 'old b', 'new/e.txt': 'e', 'new/f.txt': 'f' };

/** Calls at which each operation is interrupted in either way, on other days than those of the long run. */
const POINTS = 8;

/** An operation on a vault that holds `BEFORE`. */
interface Operation {
  readonly name: string;
  /** What the vault holds when all of it is done. */
  readonly after: Files;
  /** Whether it has several steps, so that each file may be old or new. Default: it is one. */
  readonly hasSteps?: (capabilities: Capabilities) => boolean;
  /** Whether the backend has it. Default: it does. */
  readonly when?: (capabilities: Capabilities) => boolean;
  readonly run: (backend: FileBackend, options: { readonly signal: AbortSignal }) => Promise<unknown>;
}

const always = (): boolean => true;
const hasAppend = ({ append }: Capabilities): boolean => append !== false;
const hasEtags = ({ ifMatch }: Capabilities): boolean => ifMatch !== false;
const hasVersions = ({ versions }: Capabilities): boolean => versions;

function without(...paths: readonly string[]): Files {
  return Object.fromEntries(Object.entries(BEFORE).filter(([path]) => !paths.includes(path)));
}

async function* chunks(): AsyncGenerator<string> {
  yield 'new ';
  yield 'content';
}

const OPERATIONS: readonly Operation[] = [
  {
    name: 'create',
    after: { ...BEFORE, 'new/deep/e.txt': 'e' },
    run: (b, o) => b.create('new/deep/e.txt', { data: 'e', ...o }),
  },
  {
    name: 'update',
    after: { ...BEFORE, 'a.txt': 'new' },
    run: (b, o) => b.update('a.txt', { data: 'new', ...o }),
  },
  {
    name: 'streamWrite',
    after: { ...BEFORE, 'dir/c.txt': 'new content' },
    run: (b, o) => b.streamWrite('dir/c.txt', { chunkSource: chunks(), overwrite: true, ...o }),
  },
  {
    name: 'append',
    after: { ...BEFORE, 'a.txt': 'old a+' },
    when: hasAppend,
    run: (b, o) => b.update('a.txt', { data: '+', append: true, ...o }),
  },
  {
    name: 'append that makes the file',
    after: { ...BEFORE, 'new/log.txt': '+' },
    when: hasAppend,
    run: (b, o) => b.update('new/log.txt', { data: '+', append: true, create: true, ...o }),
  },
  {
    name: 'edit',
    after: { ...BEFORE, 'a.txt': 'old a+' },
    when: hasEtags,
    run: (b, o) => b.edit('a.txt', (bytes) => `${new TextDecoder().decode(bytes)}+`, o),
  },
  {
    name: 'copy',
    after: { ...BEFORE, 'b.txt': 'old a' },
    run: (b, o) => b.copy('a.txt', 'b.txt', { overwrite: true, ...o }),
  },
  {
    name: 'copy of a directory',
    after: { ...BEFORE, 'new/c.txt': 'c', 'new/sub/d.txt': 'd' },
    hasSteps: always,
    run: (b, o) => b.copy('dir', 'new', o),
  },
  {
    name: 'move',
    after: { ...without('a.txt'), 'new/a.txt': 'old a' },
    hasSteps: always,
    run: (b, o) => b.move('a.txt', 'new/a.txt', o),
  },
  {
    name: 'move of a directory',
    after: { ...without('dir/c.txt', 'dir/sub/d.txt'), 'new/c.txt': 'c', 'new/sub/d.txt': 'd' },
    hasSteps: always,
    run: (b, o) => b.move('dir', 'new', o),
  },
  { name: 'delete', after: without('a.txt'), run: (b, o) => b.delete('a.txt', o) },
  {
    name: 'recursive delete',
    after: without('dir/c.txt', 'dir/sub/d.txt'),
    hasSteps: always,
    run: (b, o) => b.delete('dir', { recursive: true, ...o }),
  },
  {
    name: 'mirror of several files',
    after: SOURCE,
    hasSteps: always,
    run: async (b, o) => {
      await using source = new MemoryFileBackend();
      for (const [path, data] of Object.entries(SOURCE)) await source.create(path, { data });
      const { failed } = await mirror(source, b, { prune: true, ...o });
      for (const { error } of failed) throw error;
    },
  },
  {
    name: 'restore',
    after: { ...BEFORE, 'a.txt': 'older a' },
    when: hasVersions,
    run: async (b, o) => {
      const versions = await Array.fromAsync(b.history('a.txt', o));
      await b.restore('a.txt', { version: versions.at(-1)!.version, ...o });
    },
  },
  {
    name: 'session with a commit',
    after: { ...without('b.txt'), 'a.txt': 'new', 'new/e.txt': 'e' },
    hasSteps: ({ transactional }) => !transactional,
    run: (b, o) =>
      b.syncSession(async (session) => {
        await session.update('a.txt', { data: 'new', ...o });
        await session.delete('b.txt', o);
        await session.create('new/e.txt', { data: 'e', ...o });
        await session.commit(o);
      }, o),
  },
  {
    name: 'reading',
    after: BEFORE,
    run: async (b, o) => {
      await b.read('dir/sub/d.txt', o);
      await Array.fromAsync(b.streamRead('dir/c.txt', o));
      await b.info('a.txt', { checksum: 'sha256', ...o });
      await b.checksumMany(['a.txt', 'dir/c.txt'], o);
    },
  },
  {
    name: 'listing',
    after: BEFORE,
    run: async (b, o) => {
      const etags = b.capabilities.ifMatch !== false;
      await Array.fromAsync(b.list('/', { recursive: true, maxDepth: 2, etags, ...o }));
      await b.globInfo('{dir,x}/**', { includeDirs: true, ...o });
    },
  },
  {
    name: 'changesSince',
    after: BEFORE,
    when: ({ changes }) => changes,
    run: async (b, o) => {
      const { cursor } = await b.changesSince(undefined, o);
      await b.changesSince(cursor, o);
    },
  },
];

async function fill(backend: FileBackend): Promise<void> {
  if (backend.capabilities.versions) {
    // Some stores keep only what was published.
    await backend.syncSession(async (session) => {
      await session.create('a.txt', { data: 'older a' });
      await session.commit();
    });
  }
  for (const [path, data] of Object.entries(BEFORE)) await backend.create(path, { data, overwrite: true });
}

async function filesOf(backend: FileBackend): Promise<Files> {
  const files: Record<string, string> = {};
  for (const path of await backend.globFiles('**', { dot: true })) {
    files[path] = await backend.read(path, { binary: false });
  }
  return files;
}

function assertOldOrNew(files: Files, { after }: Operation, hasSteps: boolean, isDone: boolean): void {
  if (isDone) {
    assert.deepEqual(files, after, 'It went well, so all of it is done');
    return;
  }
  if (!hasSteps) {
    const told = JSON.stringify(files);
    assert.ok(isSame(files, BEFORE) || isSame(files, after), `The vault is neither old nor new: ${told}`);
    return;
  }
  for (const path of new Set([...Object.keys(BEFORE), ...Object.keys(after), ...Object.keys(files)])) {
    const isOldOrNew = files[path] === BEFORE[path] || files[path] === after[path];
    assert.ok(isOldOrNew, `${path} is neither old nor new: ${files[path]}`);
  }
  for (const [path, content] of Object.entries(BEFORE)) {
    const isKept = !Object.values(after).includes(content) || Object.values(files).includes(content);
    assert.ok(isKept, `What ${path} held is lost on its way to another name`);
  }
}

function isSame(a: Files, b: Files): boolean {
  return JSON.stringify(Object.entries(a).sort()) === JSON.stringify(Object.entries(b).sort());
}

/** Paths that the operation changes, or else one that it may have held. */
function touched({ after }: Operation): readonly string[] {
  const paths = new Set([...Object.keys(BEFORE), ...Object.keys(after)]);
  const changed = [...paths].filter((path) => BEFORE[path] !== after[path]);
  return changed.length > 0 ? changed : ['a.txt'];
}

/** Interrupts the operation at that call, looks at what it left, and gives the number of its calls. */
async function interruptAt(
  t: CaseContext,
  operation: Operation,
  how: Interruption,
  at: number | undefined,
): Promise<number> {
  let calls = 0;
  const before = await t.resources();
  await t.again(async (each) => {
    await fill(each.backend);
    const interrupted = await runInterrupted(each.store, each.backend, { how, at }, (backend, signal) =>
      operation.run(backend, { signal }),
    );
    calls = interrupted.calls;
    const hasSteps = operation.hasSteps?.(each.capabilities) === true;
    await each.seen(async (fresh) => {
      assertOldOrNew(await filesOf(fresh), operation, hasSteps, interrupted.failure === undefined);
    });
    // Nothing is held: whoever comes next writes where it wrote, in a session of his own.
    const next = await each.another();
    const timeout = Math.min(t.soon, (t.harness.sessionLease ?? Number.POSITIVE_INFINITY) / 2);
    await next.syncSession(
      async () => {
        for (const path of touched(operation)) {
          await next.create(path, { data: 'afterwards', overwrite: true });
        }
      },
      { timeout },
    );
    for (const backend of [each.backend, next]) await backend[Symbol.asyncDispose]();
    assert.deepEqual(
      await each.store.leftovers?.(),
      each.store.leftovers && [],
      'Nothing of its own is left',
    );
  });
  await t.releasedSoon(before);
  return calls;
}

/** Some of the calls, evenly apart; all of them in the long run. */
function pointsOf(t: CaseContext, calls: number, random: Random): readonly number[] {
  const count = Math.min(calls, t.rounds(POINTS, calls));
  const offset = random.below(1000) / 1000;
  return Array.from({ length: count }, (_, i) => Math.floor(((i + offset) * calls) / count));
}

function caseOf(
  how: Interruption,
  promise: 'abort.any-call' | 'dispose.any-call',
  operation: Operation,
): ConformanceCase {
  const { name, when } = operation;
  return {
    promises: [promise],
    title: name,
    ...(when && { when: ({ capabilities }: FileBackend) => when(capabilities) }),
    run: async (t) => {
      const random = new Random();
      const calls = await interruptAt(t, operation, how, undefined);
      assert.ok(calls > 0, 'An operation that calls nothing proves nothing');
      for (const at of pointsOf(t, calls, random)) {
        try {
          await interruptAt(t, operation, how, at);
        } catch (error) {
          const { message } = error as Error;
          throw new Error(`${how} at call ${at} of ${calls}: ${message}`, { cause: error });
        }
      }
    },
  };
}

export const interruptions: ConformanceGroup = {
  name: 'interruptions',
  cases: OPERATIONS.flatMap((operation) => [
    caseOf('abort', 'abort.any-call', operation),
    caseOf('dispose', 'dispose.any-call', operation),
  ]),
};
