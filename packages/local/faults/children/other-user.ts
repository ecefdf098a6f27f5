import { inspect } from 'node:util';
import { type FileBackend, isFileBackendError } from '@f9/core';
import { LocalFileBackend } from '../../src/index.ts';

// Somebody who may not, at work in the vaults of somebody else.

export type ForbiddenJob =
  | 'open'
  | 'read'
  | 'streamRead'
  | 'checksum'
  | 'list'
  | 'info'
  | 'create'
  | 'createDirectory'
  | 'update'
  | 'append'
  | 'streamWrite'
  | 'copy'
  | 'move'
  | 'delete'
  | 'deleteDirectory'
  | 'session';

export interface ForbiddenVault {
  readonly name: string;
  readonly root: string;
  readonly jobs: readonly ForbiddenJob[];
}

/** A line of its output. */
export interface OtherUserResult {
  readonly vault: string;
  readonly job: string;
  readonly code: string;
  readonly breaches: readonly string[];
}

const JOBS: Record<ForbiddenJob, (backend: FileBackend) => Promise<unknown>> = {
  open: (backend) => backend.exists('file.txt'),
  read: (backend) => backend.read('file.txt'),
  streamRead: (backend) => backend.streamRead('file.txt').getReader().read(),
  checksum: (backend) => backend.checksum('file.txt'),
  list: (backend) => Array.fromAsync(backend.list('directory')),
  info: (backend) => backend.info('directory/inner.txt'),
  create: (backend) => backend.create('new.txt', { data: 'new' }),
  createDirectory: (backend) => backend.create('new', { isDirectory: true }),
  update: (backend) => backend.update('file.txt', { data: 'new' }),
  append: (backend) => backend.update('file.txt', { data: 'new', append: true }),
  streamWrite: (backend) => backend.streamWrite('file.txt', { chunkSource: ['new'], overwrite: true }),
  copy: (backend) => backend.copy('file.txt', 'copy.txt'),
  move: (backend) => backend.move('file.txt', 'moved.txt'),
  delete: (backend) => backend.delete('file.txt'),
  deleteDirectory: (backend) => backend.delete('directory', { recursive: true }),
  session: (backend) => backend.syncSession(async () => undefined, { timeout: 100 }),
};

const NOBODY = 65534;

const vaults: readonly ForbiddenVault[] = JSON.parse(process.argv[2]!);
// What is loaded later may lie where only the user who started this may read.
await import('proper-lockfile');
process.setgroups!([]);
process.setgid!(NOBODY);
process.setuid!(NOBODY);

for (const { name, root, jobs } of vaults) {
  for (const io of ['auto', 'async'] as const) {
    for (const job of jobs) console.log(JSON.stringify(await attempt(name, root, job, io)));
  }
}

async function attempt(
  vault: string,
  root: string,
  job: ForbiddenJob,
  io: 'auto' | 'async',
): Promise<OtherUserResult> {
  const backend = new LocalFileBackend({ root, io });
  const breaches: string[] = [];
  let code = 'none';
  try {
    await JOBS[job](backend);
  } catch (error) {
    code = isFileBackendError(error) ? error.code : `untyped: ${error}`;
    if (inspect(error, { showHidden: true, depth: 9 }).includes(root))
      breaches.push(`tells where the vault is: ${error}`);
  }
  if (code !== 'PERMISSION_DENIED') breaches.push(`the error is ${code}`);
  await backend[Symbol.asyncDispose]();
  return { vault, job, code, breaches };
}
