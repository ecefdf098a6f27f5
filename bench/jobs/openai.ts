import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { MemoryFileBackend, mirror } from '../../packages/core/src/index.ts';
import OpenAI from '../../packages/openai/node_modules/openai/index.mjs';
import { OpenAIVectorStoreFileBackend } from '../../packages/openai/src/index.ts';
import { type OpenAIServer, startServer } from '../../packages/openai-server/src/index.ts';
import { type Command, program, timeCommands } from '../commands.ts';
import { makeFolder } from '../fixtures.ts';
import type { Figure, Job } from '../harness.ts';

/** Milliseconds that the server lets every call wait, as a service far away does. */
const LATENCY = 50;
const FILES = 1000;

interface Store {
  readonly id: string;
  readonly server: OpenAIServer;
  open(): Promise<OpenAIVectorStoreFileBackend>;
}

async function makeStore(latency: number, unkind = false): Promise<Store> {
  const server = await startServer({ unkind, latency });
  const client = new OpenAI({ apiKey: 'sk-bench', baseURL: server.url });
  const { id } = await client.vectorStores.create({ name: 'bench' });
  return {
    id,
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

/** Beside the two calls a file that nobody can do without. */
const firstMirror: Job = {
  name: 'openai: first mirror of 1,000 small files, whole commands',
  async prepare(scale) {
    const files = scale.size(FILES);
    const folder = makeFolder();
    /** Where the command writes the most KiB of memory that it had. */
    const memory = join(folder.path, 'memory');
    const makeNotes = `const notes = Array.from({ length: ${files} }, (_, i) => ['d' + (i % 10) + '/note-' + i + '.md', 'note ' + i]);`;
    const commands = async (unkind: boolean) => {
      const [ours, theirs] = [await makeStore(0, unkind), await makeStore(0, unkind)];
      const options = (store: Store) =>
        JSON.stringify({ vectorStoreId: store.id, apiKey: 'sk-bench', baseURL: store.server.url });
      return {
        ours,
        theirs,
        f9: program(
          { core: 'MemoryFileBackend, mirror', openai: 'OpenAIVectorStoreFileBackend' },
          `${makeNotes}
           const source = new MemoryFileBackend();
           for (const [path, data] of notes) await source.create(path, { data });
           await using target = await OpenAIVectorStoreFileBackend.open(${options(ours)});
           await mirror(source, target, { concurrency: 32 });
           const { writeFileSync } = await import('node:fs');
           writeFileSync(${JSON.stringify(memory)}, String(process.resourceUsage().maxRSS));`,
        ),
        sdk: [
          process.execPath,
          '--input-type=module',
          '-e',
          `import OpenAI from ${JSON.stringify(import.meta.resolve('../../packages/openai/node_modules/openai/index.mjs'))};
           ${makeNotes}
           const { vectorStoreId, ...options } = ${options(theirs)};
           const client = new OpenAI(options);
           const queue = notes.values();
           await Promise.all(Array.from({ length: 32 }, async () => {
             for (const [path, data] of queue) {
               const file = new File([data], path.split('/').at(-1));
               const { id } = await client.files.create({ file, purpose: 'assistants' });
               await client.vectorStores.files.create(vectorStoreId, { file_id: id, attributes: { path } });
             }
           }));`,
        ] satisfies Command['command'],
      };
    };
    return {
      async figures() {
        const kind = await commands(false);
        const { f9, sdk } = await timeCommands({ f9: { command: kind.f9 }, sdk: { command: kind.sdk } }, 1);
        const megabytes = Number(readFileSync(memory, 'utf8')) / 1024;
        const unkind = await commands(true);
        const before = unkind.ours.server.requests.length;
        await timeCommands({ f9: { command: unkind.f9 } }, 1);
        const requests = (unkind.ours.server.requests.length - before) / files;
        for (const { ours, theirs } of [kind, unkind]) {
          await ours.server.close();
          await theirs.server.close();
        }
        return [
          {
            name: 'processor, f9 : two calls of the SDK a file',
            value: f9.processor / sdk.processor,
            unit: 'x',
            atMost: 1.25,
          },
          { name: 'memory', value: megabytes, unit: 'MiB', atMost: 300 + (2 * files) / 1024 },
          { name: 'on a server that lists late', value: requests, unit: 'requests a file', atMost: 2.5 },
        ];
      },
      async dispose() {
        folder.remove();
      },
    };
  },
};

export const jobs: readonly Job[] = [requests, concurrency, firstMirror];
