import { testBackend } from '@f9/conformance';
import { startServer } from '@f9/openai-server';
import { afterAll, describe, test } from 'vitest';
import { isLong } from '../../../scripts/test/daily.ts';
import { createVectorStore, OpenAIVectorStoreFileBackend } from '../src/index.ts';
import { API_KEY, QUICK } from './quick.ts';

// Ten thousand names in the long form. The list is kept: where it is asked for all the time, as in the other forms, each name costs a
// hundred pages of it.

const server = await startServer({
  apiKey: API_KEY,
  unkind: { processedAfter: 0, visibleAfter: 0, listedAfter: 0 },
});
afterAll(() => server.close());

const names = (group: string, body: () => void): void => {
  if (group.startsWith('f9 contract') || group === 'any names') describe(group, body);
};
await testBackend(
  { describe: names, test },
  {
    name: 'openai, any names',
    slow: !isLong,
    createStore: async () => {
      const options = { apiKey: API_KEY, baseURL: server.url };
      const vectorStoreId = await createVectorStore({ ...options, name: 'names' });
      return {
        secrets: [API_KEY],
        createBackend: () => new OpenAIVectorStoreFileBackend({ ...options, vectorStoreId, ...QUICK }),
      };
    },
  },
);
