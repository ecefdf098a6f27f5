import type { FileBackend } from '@f9/core';
import { type OpenAIServer, type ServerOptions, startServer } from '@f9/openai-server';
import { onTestFinished, vi } from 'vitest';
import {
  createVectorStore,
  OpenAIVectorStoreFileBackend,
  type OpenAIVectorStoreOptions,
} from '../src/index.ts';
import { API_KEY, QUICK } from './quick.ts';

// A busy machine takes its time.
vi.setConfig({ testTimeout: 30_000 });

export interface Connection {
  readonly server: OpenAIServer;
  readonly vectorStoreId: string;
  /** A backend as another process would have it: it shares nothing with the others. */
  open(options?: Partial<OpenAIVectorStoreOptions>): OpenAIVectorStoreFileBackend;
}

/** A server of its own for this test, with an empty store. */
export async function connect(serverOptions: ServerOptions = {}): Promise<Connection> {
  const server = await startServer({ apiKey: API_KEY, ...serverOptions });
  const backends: FileBackend[] = [];
  onTestFinished(async () => {
    for (const backend of backends) await backend[Symbol.asyncDispose]();
    await server.close();
  });
  const vectorStoreId = await createVectorStore({ apiKey: API_KEY, baseURL: server.url, name: 'test' });
  server.requests.length = 0;
  return {
    server,
    vectorStoreId,
    open: (options) => {
      // Backends of one process are known to each other by their address.
      const baseURL = `${server.url}?process=${backends.length}`;
      const backend = new OpenAIVectorStoreFileBackend({
        apiKey: API_KEY,
        baseURL,
        vectorStoreId,
        ...QUICK,
        ...options,
      });
      backends.push(backend);
      return backend;
    },
  };
}
