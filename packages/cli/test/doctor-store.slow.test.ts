// What the doctor finds in a vector store.
import { OpenAIVectorStoreFileBackend } from '@f9/openai';
import { startServer } from '@f9/openai-server';
import { expect, test } from 'vitest';
import { Workplace } from './support/command.ts';
import { API_KEY, createStore } from './support/store.ts';

const DAY = 24 * 3600 * 1000;

test('doctor counts what interrupted writes left behind, and removes it when asked', async () => {
  await using server = await startServer({ unkind: false });
  await using place = await Workplace.create();
  const store = await createStore(server);
  await place.ok(['write', `${store}#a.md`, '--text', 'A']);
  const tidy = async (...options: string[]): Promise<object | undefined> =>
    (await place.ok(['doctor', store, '--json', ...options])).documents.find(({ check }) =>
      String(check).endsWith('is tidy'),
    );
  expect(await tidy()).toMatchObject({ status: 'ok', found: 'nothing is left of interrupted writes' });
  // A writer that dies once some of its bytes are there.
  const vectorStoreId = /vs_\w+/.exec(store)![0];
  const options = {
    vectorStoreId,
    apiKey: API_KEY,
    baseURL: server.url,
    inlineLimit: 0,
    partSize: 1024,
    maxRetries: 0,
  };
  const writer = new OpenAIVectorStoreFileBackend(options);
  server.crashAfter(6);
  await expect(writer.create('lost', { data: 'x'.repeat(2500) })).rejects.toMatchObject({
    code: 'UNAVAILABLE',
  });
  await writer[Symbol.asyncDispose]();
  server.resume();
  server.advance(2 * DAY);
  expect(await tidy()).toMatchObject({
    status: 'warning',
    found: expect.stringMatching(/^\d+ objects? left/),
    advice: expect.stringMatching(/^f9 doctor --tidy openai/),
  });
  expect(await tidy('--tidy')).toMatchObject({ status: 'ok', found: expect.stringMatching(/removed$/) });
  expect(await tidy()).toMatchObject({ status: 'ok' });
  expect((await place.ok(['cat', `${store}#a.md`])).stdout).toBe('A');
});

test('doctor names what is kept and not found by search', async () => {
  await using server = await startServer({ unkind: false });
  await using place = await Workplace.create();
  const store = await createStore(server);
  await place.ok(['write', `${store}#a.md`, '--text', 'A']);
  await place.ok(['write', `${store}#photo.bin`], { stdin: Uint8Array.from([0, 255, 254, 0]) });
  const { documents } = await place.ok(['doctor', store, '--json']);
  expect(documents.find(({ check }) => String(check).endsWith('can be searched'))).toMatchObject({
    status: 'warning',
    found: expect.stringMatching(/^1 file of 2 kept exactly and not found by search: openai\S+#photo\.bin$/),
  });
});
