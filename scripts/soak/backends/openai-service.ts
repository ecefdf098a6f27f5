// A vector store on 127.0.0.1, for as long as whoever forked this is there.
import { createVectorStore } from '@f9/openai';
import { startServer } from '@f9/openai-server';

const server = await startServer({ unkind: false });
const apiKey = 'sk-soak';
const vectorStoreId = await createVectorStore({ name: 'soak', apiKey, baseURL: server.url });
process.send!({ baseURL: server.url, vectorStoreId, apiKey });
process.once('disconnect', () => void server.close());
