import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type FileBackend, MemoryFileBackend } from '@f9/core';
import { DriverBackend, layer } from '@f9/core/driver';
import { LocalFileBackend } from '@f9/local';
import type { ListResourcesResult } from '@modelcontextprotocol/client';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { serveVaultOverHttp } from '../src/http/index.ts';
import { type Connection, type Era, overHttp, overStdio, WAYS } from './connect.ts';

const TOKEN = 'a-token-of-sixteen-and-more';

let folder: string;
let cleanup: AsyncDisposableStack;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'f9-mcp-'));
  cleanup = new AsyncDisposableStack();
});

afterEach(() => cleanup.disposeAsync());

async function served(vault: FileBackend): Promise<Connection> {
  const server = cleanup.use(await serveVaultOverHttp(cleanup.use(vault), { port: 0, token: TOKEN }));
  return cleanup.use(await overHttp(server.url, TOKEN));
}

async function connected(era: Era, way: 'stdio' | 'http'): Promise<Connection> {
  if (way === 'stdio') return cleanup.use(await overStdio([folder], era));
  const vault = cleanup.use(new LocalFileBackend({ root: folder }));
  const server = cleanup.use(await serveVaultOverHttp(vault, { port: 0, token: TOKEN }));
  return cleanup.use(await overHttp(server.url, TOKEN, era));
}

test.each(WAYS)('%s: files are resources, with completion of their paths', async (_, era, way) => {
  mkdirSync(join(folder, 'notes'));
  writeFileSync(join(folder, 'notes/a b.md'), '# A\n');
  const { client } = await connected(era, way);
  const { resources } = await client.listResources();
  expect(resources).toMatchObject([{ uri: 'f9://vault/notes/a%20b.md', name: 'notes/a b.md' }]);
  const { contents } = await client.readResource({ uri: resources[0]!.uri });
  expect(contents).toMatchObject([{ text: '# A\n', mimeType: 'text/markdown' }]);
  await expect(client.readResource({ uri: 'f9://vault/none.md' })).rejects.toThrow();
  const ref = { type: 'ref/resource', uri: 'f9://vault/{+path}' } as const;
  const { completion } = await client.complete({ ref, argument: { name: 'path', value: 'notes/a' } });
  expect(completion.values).toEqual(['notes/a b.md']);
});

test.each(WAYS.filter(([, era, way]) => era === 'modern' || way === 'stdio'))(
  '%s: who subscribed is told of what others change',
  async (_, era, way) => {
    for (const name of ['a.md', 'b.md']) writeFileSync(join(folder, name), 'old');
    const { client } = await connected(era, way);
    const told: string[] = [];
    client.setNotificationHandler(
      'notifications/resources/updated',
      ({ params }) => void told.push(params.uri),
    );
    client.setNotificationHandler('notifications/resources/list_changed', () => void told.push('list'));
    const [a, gone] = ['f9://vault/a.md', 'f9://vault/new%20file.md'];
    if (era === 'legacy') for (const uri of [a, gone]) await client.subscribeResource({ uri });
    else await client.listen({ resourceSubscriptions: [a, gone], resourcesListChanged: true });
    // A watch takes a moment to be in place.
    await expect
      .poll(
        () => {
          writeFileSync(join(folder, 'a.md'), `new ${Math.random()}`);
          return told;
        },
        { interval: 200, timeout: 20_000 },
      )
      .toContain(a);
    writeFileSync(join(folder, 'b.md'), 'new');
    writeFileSync(join(folder, 'new file.md'), 'new');
    await expect.poll(() => told).toEqual(expect.arrayContaining([gone, 'list']));
    expect(told).not.toContain('f9://vault/b.md');
    told.length = 0;
    rmSync(join(folder, 'new file.md'));
    await expect.poll(() => told).toEqual(expect.arrayContaining([gone, 'list']));
  },
);

test('2025-11-25 over HTTP: nobody can subscribe where nobody could be told', async () => {
  const { client } = await connected('legacy', 'http');
  expect(client.getServerCapabilities()?.resources?.subscribe).not.toBe(true);
});

test('2,500 files are three pages, in the order of the tree', async () => {
  const vault = new MemoryFileBackend();
  const names = Array.from(
    { length: 2500 },
    (_, i) => `${i % 2 === 0 ? 'd/' : ''}${String(i).padStart(4, '0')}.md`,
  );
  for (const name of names) await vault.create(name);
  const { client } = await served(vault);
  const pages: string[][] = [];
  for (let cursor: string | undefined, first = true; first || cursor !== undefined; first = false) {
    const params: { readonly cursor?: string } = cursor === undefined ? {} : { cursor };
    const page: ListResourcesResult = await client.request({ method: 'resources/list', params });
    pages.push(page.resources.map(({ name }) => name));
    cursor = page.nextCursor;
    if (pages.length > 5) break;
  }
  expect(pages.map((page) => page.length)).toEqual([1000, 1000, 500]);
  expect(new Set(pages.flat())).toEqual(new Set(names));
  const wrong = client.request({ method: 'resources/list', params: { cursor: 'nonsense!' } });
  await expect(wrong).rejects.toThrow('cursor');
});

test('a vault is watched only while somebody listens, and what was missed is every file', async () => {
  const inner = new MemoryFileBackend();
  await inner.create('a.md', { data: 'a' });
  let watching = 0;
  const vault = new DriverBackend(
    layer(inner.driver, {
      capabilities: { ...inner.driver.capabilities, watch: 'native' },
      watch: async function* (path, { signal, onReady }) {
        watching++;
        onReady();
        try {
          yield { path, kind: 'overflow' as const };
          await new Promise((resolve) => signal?.addEventListener('abort', resolve));
        } finally {
          watching--;
        }
      },
    }),
  );
  const { client } = await served(vault);
  const told: string[] = [];
  client.setNotificationHandler(
    'notifications/resources/updated',
    ({ params }) => void told.push(params.uri),
  );
  await client.listTools();
  expect(watching).toBe(0);
  const subscription = await client.listen({ resourceSubscriptions: ['f9://vault/a.md'] });
  await expect.poll(() => told).toEqual(['f9://vault/a.md']);
  expect(watching).toBe(1);
  await subscription.close();
  await expect.poll(() => watching).toBe(0);
});
