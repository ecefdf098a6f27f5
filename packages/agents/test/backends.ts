import { execFileSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type FileBackend, MemoryFileBackend } from '@f9/core';
import { GitSyncFileBackend } from '@f9/git';
import { LocalFileBackend } from '@f9/local';
import { createVectorStore, OpenAIVectorStoreFileBackend } from '@f9/openai';
import { startServer } from '@f9/openai-server';
import { PostgresFileBackend } from '@f9/postgres';
import { S3FileBackend } from '@f9/s3';
import { SqliteFileBackend } from '@f9/sqlite';
import { isLong } from '../../../scripts/test/daily.ts';
import { Cluster, hasPostgres } from '../../postgres/test/support/cluster.ts';
import { makeBucket, newPrefix } from '../../s3/test/support/prefix.ts';
import { hasS3Server, s3Server } from '../../s3/test/support/server.ts';

const folder = (): string => mkdtempSync(join(tmpdir(), 'f9-agents-'));

/** An empty vault, and what puts it away. */
export interface OpenVault extends AsyncDisposable {
  readonly vault: FileBackend;
}

/** A backend that agents are proven on. */
export interface Backend {
  readonly name: string;
  /** Whether this machine has what it needs; the name says what that is. */
  readonly isHere: boolean;
  open(): Promise<OpenVault>;
}

export const MEMORY: Backend = {
  name: 'memory',
  isHere: true,
  open: async () => opened(new MemoryFileBackend()),
};

const ALONE: readonly Backend[] = [
  MEMORY,
  { name: 'a folder', isHere: true, open: async () => opened(new LocalFileBackend({ root: folder() })) },
  {
    name: 'a git repository',
    isHere: true,
    open: async () => {
      const remoteUrl = join(folder(), 'notes.git');
      execFileSync('git', ['init', '--quiet', '--bare', '--initial-branch=main', remoteUrl]);
      return opened(new GitSyncFileBackend({ remoteUrl, path: join(folder(), 'clone') }));
    },
  },
  {
    name: 'a vector store',
    isHere: true,
    open: async () => {
      const server = await startServer({ apiKey: 'sk-test', unkind: false });
      const options = { apiKey: 'sk-test', baseURL: server.url };
      const vectorStoreId = await createVectorStore({ ...options, name: 'test' });
      return opened(new OpenAIVectorStoreFileBackend({ ...options, vectorStoreId }), () => server.close());
    },
  },
  {
    name: 'SQLite',
    isHere: true,
    open: async () => opened(new SqliteFileBackend({ path: join(folder(), 'vault.db') })),
  },
];

const POSTGRES: Backend = {
  name: 'PostgreSQL (needs PostgreSQL)',
  isHere: hasPostgres,
  open: async () => {
    const cluster = await Cluster.start();
    return opened(new PostgresFileBackend(cluster.options()), () => cluster[Symbol.asyncDispose]());
  },
};

const S3: Backend = {
  name: 'S3 (needs an S3 server)',
  isHere: hasS3Server(),
  open: async () => {
    const server = await s3Server();
    await makeBucket(server);
    return opened(new S3FileBackend(newPrefix(server)), async () => server[Symbol.asyncDispose]());
  },
};

/** Those of a server that takes seconds to start: of these the long form alone proves all. */
export const SERVERS: readonly Backend[] = isLong ? [POSTGRES, S3] : [POSTGRES];

export const BACKENDS: readonly Backend[] = isLong ? [...ALONE, ...SERVERS] : ALONE;

/** Milliseconds that a server may take to start on a busy machine. */
export const STARTING = 180_000;

function opened(vault: FileBackend, after: () => Promise<void> = async () => undefined): OpenVault {
  return {
    vault,
    [Symbol.asyncDispose]: async () => {
      await vault.close();
      await after();
    },
  };
}
