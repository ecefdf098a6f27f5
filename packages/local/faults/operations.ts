import fs from 'node:fs';
import { join } from 'node:path';
import type { FileBackend, SyncSession } from '@f9/core';
import { type FileToWrite, normalizePath } from '@f9/core/driver';
import { file, hasAllOf, isPartly, isSameTree, plantTree, type Tree } from './tree.ts';

/** An error of one call, after which an operation can clean up; errors of all calls from then on, and a kill, after which it cannot. */
export type Fault = 'error' | 'lasting error' | 'kill';

/** Vaults as processes left them that were killed. */
export interface DeadProcesses {
  readonly atFile: string;
  readonly inSession: string;
  /** One in which it held the lock of `file.txt`. */
  readonly atPath: string;
}

/** An operation that changes something, with what is there before and after it. */
export interface Operation {
  readonly name: string;
  readonly before: Tree;
  readonly after: Tree;
  /** What else a fault may leave, where the operation is more than one step. Default: nothing else. */
  readonly between?: (tree: Tree, fault: Fault) => boolean;
  /** Makes the state directory, which is no part of the tree. Default: an empty one. */
  readonly plantState?: (root: string, dead: DeadProcesses) => void;
  /** What happens between opening and the operation. */
  readonly prepare?: (root: string, dead: DeadProcesses) => void;
  /** It is the first operation, and opens the vault. */
  readonly opens?: true;
  /** It holds the session, so that the next session has to get it. */
  readonly holdsSession?: true;
  run(backend: FileBackend, root: string): Promise<unknown>;
}

/** The state directory of a vault. */
export const STATE = '.f9';

/** Milliseconds to wait for a session that nobody holds, or whose holder is dead. */
export const FREE_SESSION = 2000;

/** In a directory of this name every file is on another filesystem, as the shim has it. */
const MOUNT = 'mounted';

const SMALL = 1000;
/** Several blocks, so that it takes several writes. */
const LARGE = 2_500_000;
const OLD = text('old', SMALL);
const NEW = text('new', SMALL);
const LARGE_NEW = text('large new', LARGE);

const OTHER: Tree = { 'other.txt': file(text('other', SMALL), 0o600) };
const KEPT: Tree = { ...OTHER, 'file.txt': file(OLD, 0o640) };
const DIRECTORY: Tree = {
  ...OTHER,
  tree: 'directory',
  'tree/a.txt': file(text('a', SMALL)),
  'tree/inner': 'directory',
  'tree/inner/b.txt': file(text('b', SMALL), 0o600),
  'tree/inner/deep': 'directory',
  'tree/inner/deep/c.txt': file(text('c', SMALL)),
};
/** Two files are replaced in one call, and one is new. */
const MANY: Tree = { 'other.txt': file(NEW, 0o600), 'file.txt': file(NEW, 0o640), 'new.txt': file(NEW) };
const MOUNTED: Tree = { ...OTHER, [MOUNT]: 'directory', [`${MOUNT}/there.txt`]: file(OLD, 0o640) };
const MOVED_TO_MOUNT: Tree = {
  [MOUNT]: 'directory',
  [`${MOUNT}/there.txt`]: file(OLD, 0o640),
  [`${MOUNT}/moved.txt`]: OTHER['other.txt']!,
};
const moved = (tree: Tree): Tree =>
  Object.fromEntries(Object.entries(tree).map(([path, entry]) => [path.replace(/^tree/, 'moved'), entry]));

export const OPERATIONS: readonly Operation[] = [
  {
    name: 'open a root that is missing',
    before: {},
    after: {},
    plantState: (root) => fs.rmSync(root, { recursive: true }),
    opens: true,
    run: (backend) => backend.exists('file.txt'),
  },
  {
    name: 'open after killed writers',
    before: KEPT,
    after: KEPT,
    plantState: (root, { atFile }) => copyState(atFile, root),
    opens: true,
    run: (backend) => backend.exists('file.txt'),
  },
  {
    name: 'create, the first of a vault',
    before: OTHER,
    after: { ...OTHER, 'file.txt': file(NEW) },
    plantState: () => undefined,
    run: (backend) => backend.create('file.txt', { data: NEW }),
  },
  {
    name: 'create in new directories',
    before: OTHER,
    after: { ...OTHER, a: 'directory', 'a/b': 'directory', 'a/b/file.txt': file(NEW) },
    between: (tree, fault) => fault !== 'error' && isParentsOnly(tree),
    run: (backend) => backend.create('a/b/file.txt', { data: NEW }),
  },
  {
    name: 'create over a file',
    before: KEPT,
    after: { ...KEPT, 'file.txt': file(NEW, 0o640) },
    run: (backend) => backend.create('file.txt', { data: NEW, overwrite: true }),
  },
  {
    name: 'create a directory',
    before: OTHER,
    after: { ...OTHER, a: 'directory', 'a/b': 'directory' },
    between: (tree, fault) => fault !== 'error' && isParentsOnly(tree),
    run: (backend) => backend.create('a/b', { isDirectory: true }),
  },
  {
    name: 'update',
    before: KEPT,
    after: { ...KEPT, 'file.txt': file(NEW, 0o640) },
    run: (backend) => backend.update('file.txt', { data: NEW }),
  },
  {
    name: 'update if it is as it was',
    before: KEPT,
    after: { ...KEPT, 'file.txt': file(NEW, 0o640) },
    run: async (backend) => {
      const { etag } = await backend.info('file.txt');
      await backend.update('file.txt', { data: NEW, ifMatch: etag! });
    },
  },
  {
    name: 'update where a dead writer holds the path',
    before: KEPT,
    after: { ...KEPT, 'file.txt': file(NEW, 0o640) },
    prepare: (root, { atPath }) => copyState(atPath, root),
    run: (backend) => backend.update('file.txt', { data: NEW }),
  },
  {
    name: 'update with permissions',
    before: KEPT,
    after: { ...KEPT, 'file.txt': file(NEW, 0o600) },
    run: (backend) => backend.update('file.txt', { data: NEW, permissions: 0o600 }),
  },
  {
    name: 'update, large',
    before: KEPT,
    after: { ...KEPT, 'file.txt': file(LARGE_NEW, 0o640) },
    run: (backend) => backend.update('file.txt', { data: LARGE_NEW }),
  },
  {
    name: 'update by a symlink',
    before: { ...KEPT, link: { target: 'file.txt' } },
    after: { ...KEPT, link: { target: 'file.txt' }, 'file.txt': file(NEW, 0o640) },
    run: (backend) => backend.update('link', { data: NEW }),
  },
  {
    name: 'append',
    before: KEPT,
    after: { ...KEPT, 'file.txt': file(OLD + NEW, 0o640) },
    run: (backend) => backend.update('file.txt', { data: NEW, append: true }),
  },
  {
    name: 'append a stream, large',
    before: KEPT,
    after: { ...KEPT, 'file.txt': file(OLD + LARGE_NEW, 0o640) },
    run: (backend) => backend.update('file.txt', { data: chunksOf(LARGE_NEW), append: true }),
  },
  {
    name: 'append that makes the file',
    before: OTHER,
    after: { ...OTHER, a: 'directory', 'a/b': 'directory', 'a/b/file.txt': file(NEW) },
    between: (tree, fault) => fault !== 'error' && isParentsOnly(tree),
    run: (backend) => backend.update('a/b/file.txt', { data: NEW, append: true, create: true }),
  },
  {
    name: 'append that might have made the file',
    before: KEPT,
    after: { ...KEPT, 'file.txt': file(OLD + NEW, 0o640) },
    run: (backend) => backend.update('file.txt', { data: NEW, append: true, create: true }),
  },
  {
    name: 'edit',
    before: KEPT,
    after: { ...KEPT, 'file.txt': file(OLD + NEW, 0o640) },
    run: (backend) => backend.edit('file.txt', (bytes) => `${new TextDecoder().decode(bytes)}${NEW}`),
  },
  {
    name: 'edit where a dead writer holds the path',
    before: KEPT,
    after: { ...KEPT, 'file.txt': file(NEW, 0o640) },
    prepare: (root, { atPath }) => copyState(atPath, root),
    run: (backend) => backend.edit('file.txt', () => NEW),
  },
  {
    name: 'streamWrite',
    before: OTHER,
    after: { ...OTHER, 'file.txt': file(LARGE_NEW) },
    run: (backend) => backend.streamWrite('file.txt', { chunkSource: chunksOf(LARGE_NEW) }),
  },
  {
    name: 'streamWrite over a file',
    before: KEPT,
    after: { ...KEPT, 'file.txt': file(LARGE_NEW, 0o640) },
    run: (backend) => backend.streamWrite('file.txt', { chunkSource: chunksOf(LARGE_NEW), overwrite: true }),
  },
  {
    name: 'copy',
    before: KEPT,
    after: { ...KEPT, 'copy.txt': file(OLD, 0o640) },
    run: (backend) => backend.copy('file.txt', 'copy.txt'),
  },
  {
    name: 'copy over a file',
    before: KEPT,
    after: { ...KEPT, 'other.txt': file(OLD, 0o600) },
    run: (backend) => backend.copy('file.txt', 'other.txt', { overwrite: true }),
  },
  {
    name: 'copy a directory',
    before: DIRECTORY,
    after: { ...DIRECTORY, ...moved(DIRECTORY) },
    between: isPartly(DIRECTORY, { ...DIRECTORY, ...moved(DIRECTORY) }),
    run: (backend) => backend.copy('tree', 'moved'),
  },
  {
    name: 'move',
    before: KEPT,
    after: { ...OTHER, 'moved.txt': file(OLD, 0o640) },
    between: isSourceAndTarget,
    run: (backend) => backend.move('file.txt', 'moved.txt'),
  },
  {
    name: 'move over a file',
    before: KEPT,
    after: { 'other.txt': file(OLD, 0o640) },
    run: (backend) => backend.move('file.txt', 'other.txt', { overwrite: true }),
  },
  {
    name: 'move a directory',
    before: DIRECTORY,
    after: moved(DIRECTORY),
    between: (tree) => isPartly(DIRECTORY, moved(DIRECTORY))(tree) && hasAllOf(DIRECTORY)(tree),
    run: (backend) => backend.move('tree', 'moved'),
  },
  {
    name: 'delete',
    before: KEPT,
    after: OTHER,
    run: (backend) => backend.delete('file.txt'),
  },
  {
    name: 'delete if it is as it was',
    before: KEPT,
    after: OTHER,
    run: async (backend) => {
      const { etag } = await backend.info('file.txt');
      await backend.delete('file.txt', { ifMatch: etag! });
    },
  },
  {
    name: 'delete a directory',
    before: DIRECTORY,
    after: OTHER,
    between: isPartly(DIRECTORY, OTHER),
    run: (backend) => backend.delete('tree', { recursive: true }),
  },
  {
    name: 'write many files',
    before: KEPT,
    after: MANY,
    between: isPartly(KEPT, MANY),
    run: writeMany,
  },
  {
    name: 'create on another filesystem',
    before: MOUNTED,
    after: { ...MOUNTED, [`${MOUNT}/new.txt`]: file(NEW) },
    run: (backend) => backend.create(`${MOUNT}/new.txt`, { data: NEW }),
  },
  {
    name: 'update on another filesystem',
    before: MOUNTED,
    after: { ...MOUNTED, [`${MOUNT}/there.txt`]: file(NEW, 0o640) },
    run: (backend) => backend.update(`${MOUNT}/there.txt`, { data: NEW }),
  },
  {
    name: 'move to another filesystem',
    before: MOUNTED,
    after: MOVED_TO_MOUNT,
    between: (tree) => isSameTree(tree, { ...MOUNTED, ...MOVED_TO_MOUNT }),
    run: (backend) => backend.move('other.txt', `${MOUNT}/moved.txt`),
  },
  {
    name: 'session',
    before: KEPT,
    after: { ...KEPT, 'file.txt': file(NEW, 0o640) },
    holdsSession: true,
    run: updateInSession,
  },
  {
    name: 'session after a dead holder',
    before: KEPT,
    after: { ...KEPT, 'file.txt': file(NEW, 0o640) },
    prepare: (root, { inSession }) => copyState(inSession, root),
    holdsSession: true,
    run: updateInSession,
  },
];

/** Makes what is there before the operation. */
export function plantVault({ before, plantState }: Operation, root: string, dead: DeadProcesses): void {
  plantTree(root, before);
  if (plantState === undefined) fs.mkdirSync(join(root, STATE));
  else plantState(root, dead);
}

/** So many bytes in 50 lines that say which they are: a cut shows, and so does a mixture. */
function text(name: string, bytes: number): string {
  return Array.from({ length: 50 }, (_, line) => `${name} ${line}\n`.padStart(bytes / 50, '.')).join('');
}

async function* chunksOf(content: string): AsyncGenerator<string> {
  for (let offset = 0; offset < content.length; offset += 64 * 1024) {
    yield content.slice(offset, offset + 64 * 1024);
  }
}

async function writeMany({ driver }: FileBackend): Promise<void> {
  const files = Object.keys(MANY).map(
    (path): FileToWrite => ({
      path: normalizePath(path),
      source: Buffer.from(NEW),
      ifExists: 'replace',
      ifMissing: 'create',
    }),
  );
  for (const result of await driver.writeMany!(files, {}))
    if (result.status === 'rejected') throw result.reason;
}

async function updateInSession(backend: FileBackend): Promise<void> {
  const body = async (session: SyncSession): Promise<void> => {
    await session.update('file.txt', { data: NEW });
    await session.commit();
  };
  await backend.syncSession(body, { timeout: FREE_SESSION });
}

function isParentsOnly(tree: Tree): boolean {
  return isPartly(OTHER, { ...OTHER, a: 'directory', 'a/b': 'directory' })(tree);
}

function isSourceAndTarget(tree: Tree): boolean {
  return isSameTree(tree, { ...KEPT, 'moved.txt': file(OLD, 0o640) });
}

function copyState(from: string, to: string): void {
  fs.cpSync(join(from, STATE), join(to, STATE), { recursive: true, verbatimSymlinks: true });
}
