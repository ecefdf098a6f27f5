import { createHash, randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ConformanceStore, testBackend } from '@f9/conformance';
import OpenAI, { toFile } from 'openai';
import { afterAll, describe, expect, test } from 'vitest';
import { encodeCarrier } from '../src/bytes/carrier.ts';
import { OpenAIVectorStoreFileBackend } from '../src/index.ts';

// Against the real service: it costs money, takes long, and empties the store that it is given.
//   OPENAI_API_KEY=… F9_LIVE_VECTOR_STORE=vs_… npx vitest run --project @f9/openai live

const { OPENAI_API_KEY: apiKey, F9_LIVE_VECTOR_STORE: vectorStoreId } = process.env;
const isLive = Boolean(apiKey) && Boolean(vectorStoreId);

const HALF_AN_HOUR = 1_800_000;
const MINUTES = 600_000;

describe.skipIf(!isLive)('the real service (needs the real service)', () => {
  const findings: Record<string, unknown> = {};
  afterAll(() => console.log('What the real service does:', findings));

  const uploads: string[] = [];
  const client = (): OpenAI => new OpenAI();

  async function attach(text: string | Uint8Array, name = 'f9-live.txt', attributes = {}): Promise<string> {
    const file = await toFile(typeof text === 'string' ? Buffer.from(text) : text, name);
    const { id } = await client().files.create({ file, purpose: 'assistants' });
    uploads.push(id);
    await client().vectorStores.files.create(vectorStoreId!, { file_id: id, attributes });
    return id;
  }

  async function attached(text: string | Uint8Array, name?: string, attributes = {}): Promise<string> {
    const id = await attach(text, name, attributes);
    await processed(id);
    return id;
  }

  function overlapOf(left: string, right: string): number {
    let overlap = Math.min(left.length, right.length);
    while (overlap > 0 && !left.endsWith(right.slice(0, overlap))) overlap--;
    return overlap;
  }

  /** The SDK's own poll ends at the 404 that may come right after attaching. */
  async function processed(id: string): Promise<void> {
    const status = async (): Promise<string | undefined> => {
      const look = client().vectorStores.files.retrieve(id, { vector_store_id: vectorStoreId! });
      return (await look.catch(() => undefined))?.status;
    };
    await expect.poll(status, { timeout: MINUTES, interval: 250 }).toBe('completed');
  }

  async function content(id: string): Promise<{ pieces: string[]; next: unknown }> {
    const response = await client()
      .vectorStores.files.content(id, { vector_store_id: vectorStoreId! })
      .asResponse();
    const page = (await response.json()) as {
      data: { text: string }[];
      has_more?: boolean;
      next_page?: string;
    };
    return {
      pieces: page.data.map(({ text }) => text),
      next: { has_more: page.has_more, next_page: page.next_page },
    };
  }

  afterAll(async () => {
    for (const id of uploads) {
      await client()
        .vectorStores.files.delete(id, { vector_store_id: vectorStoreId! })
        .catch(() => undefined);
      await client()
        .files.delete(id)
        .catch(() => undefined);
    }
  });

  test('whether parsed text is exact, trimmed, cut or overlapping', { timeout: MINUTES }, async () => {
    const text = `  leading spaces\n\n\n${'A line of words, and some more of them.\n'.repeat(2000)}trailing \n\n`;
    const id = await attached(text);
    const { pieces, next } = await content(id);
    findings['parsed text, joined, is exact'] = pieces.join('') === text;
    findings['pieces of parsed text'] = pieces.length;
    findings['parsed text goes on'] = next;
    findings['characters that neighbours share'] = pieces.length > 1 ? overlapOf(pieces[0]!, pieces[1]!) : 0;
    expect(pieces.length).toBeGreaterThan(0);
  });

  test('whether carriers survive, and how long the largest takes', { timeout: MINUTES }, async () => {
    const bytes = randomBytes(3 * 1024 * 1024);
    const begun = Date.now();
    const id = await attached(encodeCarrier(bytes));
    findings['seconds to process a full carrier'] = (Date.now() - begun) / 1000;
    const { pieces } = await content(id);
    findings['pieces of a full carrier'] = pieces.length;
    const { decodeCarrier } = await import('../src/bytes/carrier.ts');
    const sum = (data: Uint8Array): string => createHash('sha256').update(data).digest('hex');
    expect(sum(decodeCarrier(pieces, bytes.length)!)).toBe(sum(bytes));
  });

  test('whether attributes are kept as they are, at their limits', { timeout: MINUTES }, async () => {
    const attributes = Object.fromEntries([
      ...Array.from({ length: 13 }, (_, i) => [`k${i}`, 'ä'.repeat(512)]),
      ['emoji', '\u{1F600}'.repeat(256)],
      ['time', Date.now()],
      ['slash', '/'],
    ]);
    const id = await attached('attributes', 'attributes.txt', attributes);
    const file = await client().vectorStores.files.retrieve(id, { vector_store_id: vectorStoreId! });
    findings['attributes are exact at 16 keys and 512 characters'] =
      JSON.stringify(Object.entries(file.attributes ?? {}).sort()) ===
      JSON.stringify(Object.entries(attributes).sort());
    expect(file.attributes?.time).toBe(attributes.time);
  });

  test('how late a new file, a new attribute and a removal are seen', { timeout: MINUTES }, async () => {
    const ids = async (): Promise<string[]> => {
      const page = await client().vectorStores.files.list(vectorStoreId!, { limit: 100, order: 'desc' });
      return page.data.map((file) => file.id);
    };
    const until = async (holds: () => Promise<boolean>): Promise<number> => {
      const begun = Date.now();
      while (!(await holds()) && Date.now() - begun < 60_000) await sleep(200);
      return Date.now() - begun;
    };
    const id = await attach('late');
    const look = client().vectorStores.files.retrieve(id, { vector_store_id: vectorStoreId! });
    findings['a read right after attaching'] = await look.then(
      ({ status }) => status,
      (error: unknown) => String(error),
    );
    findings['ms until a list shows a new file'] = await until(async () => (await ids()).includes(id));
    await processed(id);
    await client().vectorStores.files.update(id, {
      vector_store_id: vectorStoreId!,
      attributes: { changed: true },
    });
    findings['ms until a list shows changed attributes'] = await until(async () => {
      const page = await client().vectorStores.files.list(vectorStoreId!, { limit: 100, order: 'desc' });
      return page.data.find((file) => file.id === id)?.attributes?.changed === true;
    });
    findings['attaching the same File again'] = await client()
      .vectorStores.files.create(vectorStoreId!, { file_id: id, attributes: { again: true } })
      .then(
        ({ attributes }) => attributes,
        (error: unknown) => String(error),
      );
    await client().vectorStores.files.delete(id, { vector_store_id: vectorStoreId! });
    findings['ms until a list no longer shows a removed file'] = await until(
      async () => !(await ids()).includes(id),
    );
    findings['a list from a cursor that was removed'] = await client()
      .vectorStores.files.list(vectorStoreId!, { after: id, limit: 1 })
      .then(
        () => 'goes on',
        (error: unknown) => String(error),
      );
    expect(await ids()).not.toContain(id);
  });

  test('whether assistants files can be downloaded after all', { timeout: MINUTES }, async () => {
    const id = await attached('Is this given back?');
    findings['files.content of purpose assistants'] = await client()
      .files.content(id)
      .then(
        (response) => response.status,
        (error: unknown) => String(error),
      );
    expect(findings['files.content of purpose assistants']).toBeDefined();
  });
});

if (isLive) {
  await testBackend(
    { describe, test },
    {
      name: 'openai, the real service',
      slow: true,
      patience: HALF_AN_HOUR,
      createStore: (): ConformanceStore => {
        const open = (): OpenAIVectorStoreFileBackend =>
          new OpenAIVectorStoreFileBackend({ vectorStoreId: vectorStoreId!, settleWithin: 60_000 });
        return {
          secrets: [apiKey!],
          createBackend: open,
          dispose: async () => {
            await using backend = open();
            for await (const { path } of backend.list()) await backend.delete(path, { recursive: true });
            await backend.collectGarbage({ olderThan: 0 });
          },
        };
      },
    },
  );
}
