import { startServer } from '@f9/openai-server';
import { afterAll } from 'vitest';
import { proveLayer } from '../../search/test/prove-layer.ts';
import { createVectorStore, OpenAIVectorStoreFileBackend } from '../src/index.ts';

const server = await startServer({ apiKey: 'sk-layer', unkind: false });
afterAll(() => server.close());

await proveLayer('a vector store', async () => {
  const options = { apiKey: 'sk-layer', baseURL: server.url };
  const vectorStoreId = await createVectorStore({ ...options, name: 'layer' });
  return () => new OpenAIVectorStoreFileBackend({ ...options, vectorStoreId });
});
