import { type ConformanceHarness, type ConformanceStore, testBackend } from '@f9/conformance';
import { MemoryFileBackend, MemoryStore } from '@f9/core';
import { startServer } from '@f9/openai-server';
import { afterAll, describe, expect, test } from 'vitest';
import { withRequests } from '../../../scripts/test/before-calls.ts';
import { isLong, sparing } from '../../../scripts/test/daily.ts';
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
  /** Every backend is as another process would have it, so that all it knows comes from the service; sessions do not reach there. */
  readonly apart?: boolean;
}

/** Groups of the contract in which it matters where the bytes of a file are. */
const WITH_BYTES = [
  'abort',
  'all or nothing',
  'checksums',
  'concurrency',
  'content',
  'copy and move',
  'delete',
  'opening and disposing',
  'read',
  'search',
  'streams',
  'text',
  'update and append',
];

/**
 * Runs the contract. Backends that are apart meet all of the server's unkindness: late visibility, stale lists, parsed content that
 * trims and overlaps. The other forms, which differ from it in where the bytes are, run what that changes, on parsed content as bad.
 * The long form runs all of it in every form.
 */
export async function testForm({ name, options, withContentStore, apart }: Form): Promise<void> {
  const isWhole = isLong || apart === true;
  // Every look costs a request: one that says `in_progress` is as good as two.
  const unkind = isWhole ? { processedAfter: 1 } : { processedAfter: 0, visibleAfter: 0, listedAfter: 0 };
  const server = await startServer({ apiKey: API_KEY, unkind });
  afterAll(() => server.close());
  let backends = 0;
  const harness: ConformanceHarness = {
    name: `openai, ${name}`,
    slow: true,
    createMissing: () => ({
      secrets: [API_KEY],
      createBackend: () =>
        new OpenAIVectorStoreFileBackend({
          apiKey: API_KEY,
          baseURL: server.url,
          vectorStoreId: 'vs_none',
          ...QUICK,
          ...options,
          ...(withContentStore === true ? { contentStore: new MemoryFileBackend() } : {}),
        }),
    }),
    createStore: async (): Promise<ConformanceStore> => {
      const vectorStoreId = await createVectorStore({ apiKey: API_KEY, baseURL: server.url, name });
      const store = new MemoryStore();
      return {
        secrets: [API_KEY],
        onCall: withRequests,
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
  const isTested = (group: string): boolean => {
    if (group === 'sessions') return apart !== true;
    return isWhole || group.startsWith('f9 contract') || WITH_BYTES.includes(group);
  };
  const seen = new Set<string>();
  const selected = (group: string, body: () => void): void => {
    seen.add(group);
    if (isTested(group)) runner.describe(group, body);
  };
  const runner = sparing({ describe, test }, apart === true ? 3 : 8);
  await testBackend({ describe: selected, test: runner.test }, harness);
  test('the contract has every group that is chosen by name', () => {
    expect([...seen]).toEqual(expect.arrayContaining(WITH_BYTES));
  });
}
