import { type ConformanceHarness, type ConformanceStore, testBackend } from '@f9/conformance';
import { MemoryFileBackend, MemoryStore } from '@f9/core';
import { startServer } from '@f9/openai-server';
import { afterAll, describe, test } from 'vitest';
import {
  createVectorStore,
  OpenAIVectorStoreFileBackend,
  type OpenAIVectorStoreOptions,
} from '../src/index.ts';
import { API_KEY, QUICK } from './quick.ts';

export interface Form {
  readonly name: string;
  readonly options: Partial<OpenAIVectorStoreOptions>;
  readonly withContentStore?: boolean;
  /** Every backend as another process would have it, so that all it knows comes from the service. Sessions do not reach there. */
  readonly apart?: boolean;
}

/** Runs the contract with all of the server's unkindness: late visibility, stale lists, parsed content that trims and overlaps. */
export async function testForm({ name, options, withContentStore, apart }: Form): Promise<void> {
  // Every look costs a request: one that says `in_progress` is as good as two.
  const server = await startServer({ apiKey: API_KEY, unkind: { processedAfter: 1 } });
  afterAll(() => server.close());
  let backends = 0;
  const harness: ConformanceHarness = {
    name: `openai, ${name}`,
    slow: true,
    createStore: async (): Promise<ConformanceStore> => {
      const vectorStoreId = await createVectorStore({ apiKey: API_KEY, baseURL: server.url, name });
      const store = new MemoryStore();
      return {
        secrets: [API_KEY],
        createBackend: () =>
          new OpenAIVectorStoreFileBackend({
            apiKey: API_KEY,
            // Backends of one process know each other by their address.
            baseURL: apart === true ? `${server.url}?process=${backends++}` : server.url,
            vectorStoreId,
            cacheTtl: 100,
            ...QUICK,
            ...options,
            ...(withContentStore === true ? { contentStore: new MemoryFileBackend({ store }) } : {}),
          }),
      };
    },
  };
  const outsideSessions = (group: string, body: () => void): void => {
    if (group !== 'sessions') describe(group, body);
  };
  await testBackend({ describe: apart === true ? outsideSessions : describe, test }, harness);
}
