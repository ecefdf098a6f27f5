import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { create, insertMultiple, search as searchOrama } from '@orama/orama';
import lunr from 'lunr';
import MiniSearch from 'minisearch';
import { MemoryFileBackend } from '../../packages/core/src/index.ts';
import { withSearch } from '../../packages/search/src/index.ts';
import { SqliteFileBackend } from '../../packages/sqlite/src/index.ts';
import { type Figure, type Job, median } from '../harness.ts';

/** A document without the headings that ask for it, and a heading that does. */
interface Corpus {
  readonly documents: readonly { readonly id: string; readonly text: string }[];
  readonly queries: readonly { readonly text: string; readonly answer: string }[];
}

/** Documents that are asked for at most, and questions. */
const DOCUMENTS = 1500;
const QUESTIONS = 300;

/**
 * Known-item search over the documentation that the peers of this bench brought along: each question is a heading of one document, and
 * headings are taken out of all texts, so that what the author said of a thing has to be found by what the author calls it.
 */
function corpus(): Corpus {
  const documents: { id: string; text: string }[] = [];
  const asked = new Map<string, string | undefined>();
  for (const file of markdownFiles()) {
    const whole = readFileSync(file, 'utf8');
    const id = `d${documents.length}`;
    for (const [, heading] of whole.matchAll(/^#{2,3}\s+(.+?)\s*#*$/gm)) {
      const question = heading!.replace(/[`*_[\]()]/g, ' ').trim();
      if (question.split(/\s+/).length < 3) continue;
      // What several documents call something says nothing of which one is meant.
      asked.set(question, asked.has(question) ? undefined : id);
    }
    documents.push({ id, text: whole.replace(/^#{1,6}\s.*$/gm, '') });
    if (documents.length === DOCUMENTS) break;
  }
  const queries = [...asked].flatMap(([text, answer]) => (answer === undefined ? [] : [{ text, answer }]));
  const step = Math.max(1, Math.floor(queries.length / QUESTIONS));
  return { documents, queries: queries.filter((_, index) => index % step === 0) };
}

function markdownFiles(): string[] {
  const roots = [
    new URL('../node_modules', import.meta.url).pathname,
    new URL('../../node_modules/.pnpm', import.meta.url).pathname,
  ];
  const seen = new Set<string>();
  return roots.flatMap((root) =>
    readdirSync(root, { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.md$/i.test(name) && !/changelog|license/i.test(name))
      .sort()
      .map((name) => join(root, name))
      .filter((file) => {
        const { size } = statSync(file);
        const key = `${size}:${file.split('/').at(-2)}/${file.split('/').at(-1)}`;
        if (size < 1000 || size > 200_000 || seen.has(key)) return false;
        seen.add(key);
        return true;
      }),
  );
}

/** Mean of 1/log2(rank + 1) over the first ten: nDCG@10 where one document answers. */
async function relevance(
  queries: Corpus['queries'],
  ask: (query: string) => Promise<string[]> | string[],
): Promise<number> {
  let sum = 0;
  for (const { text, answer } of queries) {
    const rank = (await ask(text)).slice(0, 10).indexOf(answer);
    if (rank >= 0) sum += 1 / Math.log2(rank + 2);
  }
  return sum / queries.length;
}

const relevanceJob: Job = {
  name: 'search: relevance over documentation',
  async prepare() {
    const { documents, queries } = corpus();
    return {
      async figures() {
        const vault = new MemoryFileBackend();
        for (const { id, text } of documents) await vault.create(`${id}.md`, { data: text });
        await using f9 = withSearch(vault, { path: ':memory:' });
        const ours = await relevance(queries, async (query) =>
          (await f9.search(query)).map(({ path }) => path.replace('.md', '')),
        );
        const peers = {
          MiniSearch: await miniSearch(documents, queries),
          Lunr: await lunrs(documents, queries),
          Orama: await oramas(documents, queries),
        };
        const best = Math.max(...Object.values(peers));
        return [
          {
            name: `f9, nDCG@10 of ${queries.length} questions to ${documents.length} documents`,
            value: ours,
            unit: '',
            atLeast: best,
          },
          ...Object.entries(peers).map(([name, value]) => ({ name: `${name}, nDCG@10`, value, unit: '' })),
        ] satisfies Figure[];
      },
    };
  },
};

async function miniSearch(documents: Corpus['documents'], queries: Corpus['queries']): Promise<number> {
  const index = new MiniSearch({ fields: ['text'] });
  index.addAll(documents);
  return await relevance(queries, (query) =>
    index
      .search(query)
      .slice(0, 10)
      .map(({ id }) => String(id)),
  );
}

async function lunrs(documents: Corpus['documents'], queries: Corpus['queries']): Promise<number> {
  const index = lunr(function () {
    this.ref('id');
    this.field('text');
    for (const document of documents) this.add(document);
  });
  return await relevance(queries, (query) => {
    // Its query syntax is no question's.
    const words = query.replace(/[^\p{L}\p{N}\s]/gu, ' ');
    return index
      .search(words)
      .slice(0, 10)
      .map(({ ref }) => ref);
  });
}

async function oramas(documents: Corpus['documents'], queries: Corpus['queries']): Promise<number> {
  const index = create({ schema: { id: 'string', text: 'string' } as const });
  await insertMultiple(index, [...documents]);
  return await relevance(queries, async (query) => {
    const { hits } = await searchOrama(index, { term: query, properties: ['text'], limit: 10 });
    return hits.map(({ id }) => id);
  });
}

/** A vault of notes that are told apart by their words. */
function noteText(index: number): string {
  const words = [
    'garden',
    'water',
    'tomato',
    'roof',
    'letter',
    'harbour',
    'engine',
    'recipe',
    'winter',
    'bridge',
  ];
  const pick = (n: number): string => words[(index * 7 + n * 3) % words.length]!;
  const lines = Array.from(
    { length: 12 },
    (_, line) => `The ${pick(line)} of note ${index} needs a ${pick(line + 1)} number${index}.`,
  );
  return `# Note ${index} about ${pick(0)}\n\n${lines.join('\n')}\n`;
}

const latencyJob: Job = {
  name: 'search: 10,000 notes in a file',
  async prepare(scale) {
    const count = scale.size(10_000);
    const folder = mkdtempSync(join(tmpdir(), 'f9-bench-search-'));
    const path = join(folder, 'notes.db');
    return {
      async figures() {
        const vault = new SqliteFileBackend({ path, durability: 'none' });
        const began = performance.now();
        for (let i = 0; i < count; i++)
          await vault.create(`notes/${i % 100}/n${i}.md`, { data: noteText(i) });
        const indexing = (performance.now() - began) / 1000;
        const times: number[] = [];
        for (let i = 0; i < 200; i++) {
          const start = performance.now();
          await vault.search(`tomato water number${(i * 37) % count} harbour`);
          times.push(performance.now() - start);
        }
        times.sort((a, b) => a - b);
        const content = Array.from({ length: count }, (_, i) => noteText(i).length).reduce(
          (a, b) => a + b,
          0,
        );
        await vault.close();
        return [
          {
            name: `written and indexed, ${count} notes`,
            value: indexing,
            unit: 's',
            atMost: (15 * count) / 10_000,
          },
          { name: 'a query, median', value: median(times), unit: 'ms', atMost: 5 },
          {
            name: 'a query, 99 of 100',
            value: times[Math.floor(times.length * 0.99)]!,
            unit: 'ms',
            atMost: 30,
          },
          { name: 'file : content', value: statSync(path).size / content, unit: 'x' },
        ] satisfies Figure[];
      },
      async dispose() {
        rmSync(folder, { recursive: true, force: true });
      },
    };
  },
};

const layerJob: Job = {
  name: 'search: an unchanged vault, searched again',
  async prepare(scale) {
    const count = scale.size(10_000);
    const vault = new MemoryFileBackend();
    for (let i = 0; i < count; i++) await vault.create(`n${i}.md`, { data: noteText(i) });
    const f9 = withSearch(vault, { path: ':memory:' });
    await f9.search('tomato');
    return {
      async figures() {
        const times: number[] = [];
        for (let i = 0; i < 20; i++) {
          const start = performance.now();
          await f9.search(`number${i} tomato`);
          times.push(performance.now() - start);
        }
        return [
          {
            name: `a search after a look at ${count} files, median`,
            value: median(times),
            unit: 'ms',
            atMost: 50,
          },
        ];
      },
      dispose: () => f9.close(),
    };
  },
};

export const jobs: readonly Job[] = [relevanceJob, latencyJob, layerJob];
