import { once } from 'node:events';
import { request } from 'node:http';
import { MemoryFileBackend } from '@f9/core';
import { DriverBackend, layer } from '@f9/core/driver';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { serveVaultOverHttp, type VaultHttpServer } from '../src/http/index.ts';
import { overHttp } from './connect.ts';

const TOKEN = 'a-token-of-sixteen-and-more';
let server: VaultHttpServer;

beforeAll(async () => {
  server = await serveVaultOverHttp(new MemoryFileBackend(), {
    port: 0,
    token: TOKEN,
    allowedOrigins: ['notes.example'],
  });
});

afterAll(() => server.close());

/** The status of an answer to a request with these headers; `fetch` would not let a host be given. */
function status(headers: Record<string, string>, path = '/mcp'): Promise<number> {
  const { port } = new URL(server.url);
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list', params: {} });
  return new Promise((resolve, reject) => {
    const sent = request(
      {
        port,
        host: '127.0.0.1',
        path,
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          accept: 'application/json, text/event-stream',
          ...headers,
        },
      },
      (answer) => {
        answer.resume();
        answer.on('end', () => resolve(answer.statusCode!));
      },
    );
    sent.on('error', reject);
    sent.end(body);
  });
}

const authorization = `Bearer ${TOKEN}`;

describe('who may call', () => {
  test.each([
    ['with the token', { authorization }, 200],
    ['without a token', {}, 401],
    ['with a wrong token', { authorization: 'Bearer something else entirely' }, 401],
    ['with the token as a password', { authorization: `Basic ${TOKEN}` }, 401],
    ['by another host name (DNS rebinding)', { authorization, host: 'evil.example' }, 403],
    ['from a foreign page', { authorization, origin: 'https://evil.example' }, 403],
    ['from a page that is allowed', { authorization, origin: 'https://notes.example' }, 200],
  ])('%s: %o is %i', async (_, headers, expected) => {
    expect(await status(headers)).toBe(expected);
  });

  test('another path is not there', async () => {
    expect(await status({ authorization }, '/')).toBe(404);
  });
});

/** In the older protocol a cancellation is a request of its own, of which a server without sessions does not know what it is about. */
const ENDS = [
  ['2026-07-28', 'modern', 'is cancelled'],
  ['2026-07-28', 'modern', 'loses its client'],
  ['2025-11-25', 'legacy', 'loses its client'],
] as const;

test.each(ENDS)('%s, %s: a call ends in the vault when it %s', async (_, era, how) => {
  const [began, stopped] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const { driver } = new MemoryFileBackend();
  const waiting = new DriverBackend(
    layer(driver, {
      stat: async (_, { signal }) => {
        began.resolve();
        await once(signal!, 'abort');
        stopped.resolve();
        throw signal!.reason;
      },
    }),
  );
  await using serving = await serveVaultOverHttp(waiting, { port: 0, token: TOKEN });
  await using connection = await overHttp(serving.url, TOKEN, era);
  const call = new AbortController();
  const params = { name: 'get_file_info', arguments: { path: '/a.md' } };
  const answer = connection.client.callTool(params, { signal: call.signal }).catch(() => undefined);
  await began.promise;
  if (how === 'is cancelled') call.abort();
  else await connection.client.close();
  await stopped.promise;
  await answer;
});

test.each(['short', 'sixteen characters with spaces'])('the token %j is refused', async (token) => {
  await expect(serveVaultOverHttp(new MemoryFileBackend(), { port: 0, token })).rejects.toMatchObject({
    code: 'INVALID_ARGUMENT',
  });
});

test('a port that is taken is said', async () => {
  const port = Number(new URL(server.url).port);
  await expect(serveVaultOverHttp(new MemoryFileBackend(), { port, token: TOKEN })).rejects.toMatchObject({
    code: 'UNAVAILABLE',
    message: expect.stringContaining('another program listens there'),
  });
});
