import { execFileSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type FileBackend, MemoryFileBackend } from '@f9/core';
import { GitSyncFileBackend } from '@f9/git';
import { LocalFileBackend } from '@f9/local';
import { createVectorStore, OpenAIVectorStoreFileBackend } from '@f9/openai';
import { startServer } from '@f9/openai-server';
import { SqliteFileBackend } from '@f9/sqlite';

const folder = (): string => mkdtempSync(join(tmpdir(), 'f9-agents-'));

/** An empty vault, and what puts it away. */
export interface OpenVault extends AsyncDisposable {
  readonly vault: FileBackend;
}

/** Each backend that agents are proven on; one that needs a service names it in its title. */
export const BACKENDS: Readonly<Record<string, () => Promise<OpenVault>>> = {
  memory: async () => opened(new MemoryFileBackend()),
  'a folder': async () => opened(new LocalFileBackend({ root: folder() })),
  'a git repository': async () => {
    const remoteUrl = join(folder(), 'notes.git');
    execFileSync('git', ['init', '--quiet', '--bare', '--initial-branch=main', remoteUrl]);
    return opened(new GitSyncFileBackend({ remoteUrl, path: join(folder(), 'clone') }));
  },
  'a vector store': async () => {
    const server = await startServer({ apiKey: 'sk-test', unkind: false });
    const options = { apiKey: 'sk-test', baseURL: server.url };
    const vectorStoreId = await createVectorStore({ ...options, name: 'test' });
    return opened(new OpenAIVectorStoreFileBackend({ ...options, vectorStoreId }), () => server.close());
  },
  SQLite: async () => opened(new SqliteFileBackend({ path: join(folder(), 'vault.db') })),
};

function opened(vault: FileBackend, after: () => Promise<void> = async () => undefined): OpenVault {
  return {
    vault,
    [Symbol.asyncDispose]: async () => {
      await vault.close();
      await after();
    },
  };
}
