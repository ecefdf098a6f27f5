import { MemoryFileBackend, mirror } from '../../packages/core/src/index.ts';
import OpenAI from '../../packages/openai/node_modules/openai/index.mjs';
import { OpenAIVectorStoreFileBackend } from '../../packages/openai/src/index.ts';
import { type OpenAIServer, startServer } from '../../packages/openai-server/src/index.ts';
import type { Figure, Job } from '../harness.ts';

/** Milliseconds that the server lets every call wait, as a service far away does. */
const LATENCY = 50;
const FILES = 1000;

interface Store {
  readonly server: OpenAIServer;
  open(): Promise<OpenAIVectorStoreFileBackend>;
}

async function makeStore(latency: number): Promise<Store> {
  const server = await startServer({ unkind: false, latency });
  const client = new OpenAI({ apiKey: 'sk-bench', baseURL: server.url });
  const { id } = await client.vectorStores.create({ name: 'bench' });
  return {
    server,
    open: () =>
      OpenAIVectorStoreFileBackend.open({ vectorStoreId: id, apiKey: 'sk-bench', baseURL: server.url }),
  };
}

const concurrency: Job = {
  name: 'openai: operations at once against one after another, 50 ms a call',
  rounds: 2,
  async prepare(scale) {
    const { server, open } = await makeStore(LATENCY);
    const backend = await open();
    const operations = scale.size(FILES);
    // One after another takes minutes: a tenth of them tells the time of one.
    const few = operations / 10;
    let round = 0;
    const write = (path: string): Promise<unknown> =>
      backend.create(path, { data: 'a note', overwrite: true });
    return {
      variants: {
        'writes at once': {
          operations,
          run: () => {
            round++;
            return Promise.all(
              Array.from({ length: operations }, (_, i) => write(`at-once/${round}/${i}.md`)),
            );
          },
        },
        'writes one after another': {
          operations: few,
          run: async () => {
            round++;
            for (let i = 0; i < few; i++) await write(`in-turn/${round}/${i}.md`);
          },
        },
      },
      goals: [{ variant: 'writes at once', against: 'writes one after another', timesFaster: 5 }],
      async dispose() {
        await backend[Symbol.asyncDispose]();
        await server.close();
      },
    };
  },
};

const requests: Job = {
  name: 'openai: requests for 1,000 files',
  async prepare(scale) {
    const { server, open } = await makeStore(0);
    const files = scale.size(FILES);
    const source = new MemoryFileBackend();
    for (let i = 0; i < files; i++) await source.create(`d${i % 10}/note-${i}.md`, { data: `note ${i}` });
    const pages = Math.ceil(files / 100);

    /** What a fresh backend asks the server for one job. */
    async function count(
      name: string,
      work: (backend: OpenAIVectorStoreFileBackend) => Promise<unknown>,
    ): Promise<Figure> {
      await using backend = await open();
      const before = server.requests.length;
      await work(backend);
      // One page more where the last one is full, and one call to look at the store.
      return { name, value: server.requests.length - before, unit: 'requests', atMost: pages + 2 };
    }

    return {
      async figures() {
        await using target = await open();
        const before = server.requests.length;
        await mirror(source, target, { concurrency: 32 });
        const written = server.requests.length - before;
        const paths = await source.globFiles('**');
        return [
          { name: 'mirror into an empty store', value: written / files, unit: 'requests a file' },
          await count('mirror again, nothing changed', (backend) => mirror(source, backend)),
          await count('list', (backend) => Array.fromAsync(backend.list('/', { recursive: true }))),
          await count('glob', (backend) => backend.glob('**/*.md')),
          await count('info of every file', (backend) =>
            Promise.all(paths.map((path) => backend.info(path))),
          ),
          await count('checksumMany', (backend) => backend.checksumMany(paths)),
          await count('read of every file', (backend) =>
            Promise.all(paths.map((path) => backend.read(path))),
          ),
        ];
      },
      async dispose() {
        await server.close();
      },
    };
  },
};

export const jobs: readonly Job[] = [requests, concurrency];
