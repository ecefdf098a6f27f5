import OpenAI, { toFile } from 'openai';
import { onTestFinished } from 'vitest';
import { type OpenAIServer, type ServerOptions, startServer } from '../src/index.ts';

export interface Connection {
  server: OpenAIServer;
  client: OpenAI;
  /** The id of a store made for this test. */
  store: string;
  upload(name: string, content: string | Uint8Array): Promise<string>;
  /** Uploads and attaches; gives the file's id. */
  attach(
    name: string,
    content: string,
    attributes?: Record<string, string | number | boolean>,
  ): Promise<string>;
}

/** A server of its own for this test, and the official SDK talking to it without retries. */
export async function connect(options?: ServerOptions): Promise<Connection> {
  const server = await startServer(options);
  onTestFinished(() => server.close());
  const client = new OpenAI({ apiKey: 'test-key', baseURL: server.url, maxRetries: 0 });
  const store = (await client.vectorStores.create({ name: 'test' })).id;
  server.requests.length = 0;

  const upload = async (name: string, content: string | Uint8Array) => {
    const file = await toFile(Buffer.from(content), name);
    return (await client.files.create({ file, purpose: 'assistants' })).id;
  };
  const attach = async (
    name: string,
    content: string,
    attributes: Record<string, string | number | boolean> = {},
  ) => {
    const id = await upload(name, content);
    await client.vectorStores.files.create(store, { file_id: id, attributes });
    return id;
  };
  return { server, client, store, upload, attach };
}

export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}
