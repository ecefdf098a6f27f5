import { createHash } from 'node:crypto';
import type { FileBackend } from '@f9/core';
import type { BackendPath } from '@f9/core/driver';
import { type OpenAIServer, type ServerOptions, startServer } from '@f9/openai-server';
import OpenAI from 'openai';
import { onTestFinished } from 'vitest';
import { encodeEntry } from '../src/entries/attributes.ts';
import type { FileEntry } from '../src/entries/entry.ts';
import { newWriteId } from '../src/entries/upload-name.ts';
import {
  createVectorStore,
  OpenAIVectorStoreFileBackend,
  type OpenAIVectorStoreOptions,
} from '../src/index.ts';
import type { Attributes } from '../src/service/service.ts';
import { API_KEY, QUICK } from './quick.ts';

// A busy machine takes its time.
export interface Connection {
  readonly server: OpenAIServer;
  readonly vectorStoreId: string;
  /** A backend as another process would have it: it shares nothing with the others. */
  open(options?: Partial<OpenAIVectorStoreOptions>): OpenAIVectorStoreFileBackend;
  /** Changes attributes of a file as somebody else with the key could. */
  damage(path: string, changes: Attributes): Promise<void>;
  /** Adds a file in the form that f9 gives it, under a path that f9 may never give. */
  forge(path: string): Promise<void>;
  /** Takes part `number` of a file out of the store, as somebody else with the key could. */
  detach(path: string, number: number): Promise<void>;
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
  const client = new OpenAI({ apiKey: API_KEY, baseURL: server.url });
  const { files } = client.vectorStores;
  const attached = () => server.snapshot().vectorStores[0]!.files;
  const headOf = (path: string) => attached().find(({ attributes }) => attributes?.path === path)!;
  return {
    damage: async (path, changes) => {
      const { id, attributes } = headOf(path);
      await files.update(id, { vector_store_id: vectorStoreId, attributes: { ...attributes, ...changes } });
    },
    forge: async (path) => {
      const file = new File(['good'], 'forged.txt');
      const { id } = await client.files.create({ file, purpose: 'assistants' });
      const entry: FileEntry = {
        kind: 'file',
        fileId: id,
        writeId: newWriteId(Date.now()),
        path: path as BackendPath,
        generation: Date.now(),
        size: 0,
        sha256: createHash('sha256').digest('hex'),
        createdAt: 0,
        modifiedAt: 0,
        hasText: true,
        gap: undefined,
        tags: [],
        bytes: { form: 'inline', codec: 'raw', data: '' },
      };
      await files.createAndPoll(vectorStoreId, { file_id: id, attributes: encodeEntry(entry) });
    },
    detach: async (path, number) => {
      const [, writeId] = String(headOf(path).attributes?.version).split(' ');
      const version = `${number} ${writeId}`;
      const part = attached().find(
        ({ attributes }) => attributes?.f9 === 'part' && attributes.version === version,
      )!;
      await files.delete(part.id, { vector_store_id: vectorStoreId });
    },
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
