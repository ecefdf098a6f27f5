import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { create, insertMultiple, search as searchOrama } from '@orama/orama';
import lunr from 'lunr';
import MiniSearch from 'minisearch';
import { MemoryFileBackend, mirror } from '../../packages/core/src/index.ts';
import { withSearch } from '../../packages/search/src/index.ts';
import { SqliteFileBackend } from '../../packages/sqlite/src/index.ts';
import { type Corpus, cranfield, documentation, hasCranfield, knownItems } from '../corpora.ts';
import { type Figure, type Job, median } from '../harness.ts';

/** Mean nDCG@10: how good the first ten are, against the best order that there is. */
async function relevance(
  queries: Corpus['queries'],
  ask: (query: string) => Promise<string[]> | string[],
): Promise<number> {
  const gain = (grades: readonly number[]): number =>
    grades.slice(0, 10).reduce((sum, grade, place) => sum + grade / Math.log2(place + 2), 0);
  let sum = 0;
  for (const { text, answers } of queries) {
    const found = (await ask(text)).map((id) => answers.get(id) ?? 0);
    const best = gain([...answers.values()].sort((a, b) => b - a));
    if (best > 0) sum += gain(found) / best;
  }
  return sum / queries.length;
}

function relevanceJob(name: string, corpusOf: () => Corpus, goal?: number): Job {
  return {
    name: `search: relevance over ${name}`,
    async prepare() {
      if (corpusOf === cranfield && !hasCranfield()) {
        console.log('not measured: put cran.all.1400, cran.qry and cranqrel into bench/cranfield');
        return {};
      }
      const { documents, queries } = corpusOf();
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
          const atLeast = goal ?? Math.max(...Object.values(peers));
          return [
            {
              name: `f9, nDCG@10 of ${queries.length} questions to ${documents.length} documents`,
              value: ours,
              unit: '',
              atLeast,
            },
            ...Object.entries(peers).map(([name, value]) => ({ name: `${name}, nDCG@10`, value, unit: '' })),
          ] satisfies Figure[];
        },
      };
    },
  };
}

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

/** Words of a paragraph that is text, and not a line of code or a row of links. */
const PARAGRAPH = /^[A-Z][^\n|<>{}]{100,1200}$/gm;

/** Notes made of paragraphs of real documentation, since the words of languages are as no formula makes them. The same ones each time. */
class Notes {
  readonly #paragraphs = documentation().flatMap((text) => text.match(PARAGRAPH) ?? []);
  #seed = 42;

  next(): string {
    return `# ${this.question(4)}\n\n${this.#paragraph()}\n\n## ${this.question(3)}\n\n${this.#paragraph()}\n`;
  }

  /** Words that follow one another in some paragraph. */
  question(length: number): string {
    const words = this.#paragraph().match(/[\p{L}\p{N}]+/gu) ?? [];
    const from = this.#random(Math.max(1, words.length - length));
    return words.slice(from, from + length).join(' ');
  }

  #paragraph(): string {
    return this.#paragraphs[this.#random(this.#paragraphs.length)]!;
  }

  #random(below: number): number {
    this.#seed = (Math.imul(this.#seed, 1664525) + 1013904223) >>> 0;
    return Math.floor((this.#seed / 2 ** 32) * below);
  }
}

/** Milliseconds of work of this process: what others do on the machine is not in it. */
function workOf(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

/** @param goals milliseconds of work: of a file that is mirrored, of a query in the middle, of 99 of 100 queries */
function notesJob(
  full: number,
  goals: { readonly file: number; readonly median: number; readonly most?: number },
): Job {
  return {
    name: `search: ${full.toLocaleString('en')} notes mirrored into a file`,
    async prepare(scale) {
      const count = scale.size(full);
      const folder = mkdtempSync(join(tmpdir(), 'f9-bench-search-'));
      const path = join(folder, 'notes.db');
      const notes = new Notes();
      const source = new MemoryFileBackend();
      for (let i = 0; i < count; i++) {
        await source.create(`notes/${i % 100}/n${i}.md`, { data: notes.next() });
      }
      return {
        async figures() {
          const vault = new SqliteFileBackend({ path, durability: 'none' });
          const began = process.cpuUsage();
          await mirror(source, vault);
          const indexing = workOf(began) / count;
          const times: number[] = [];
          for (let i = 0; i < 300; i++) {
            const start = process.cpuUsage();
            await vault.search(notes.question(2 + (i % 5)));
            times.push(workOf(start));
          }
          times.sort((a, b) => a - b);
          await vault.close();
          const most = goals.most === undefined ? {} : { atMost: goals.most };
          return [
            { name: 'work of a file, written and indexed', value: indexing, unit: 'ms', atMost: goals.file },
            { name: 'work of a query, median', value: median(times), unit: 'ms', atMost: goals.median },
            {
              name: 'work of a query, 99 of 100',
              value: times[Math.floor(times.length * 0.99)]!,
              unit: 'ms',
              ...most,
            },
          ] satisfies Figure[];
        },
        async dispose() {
          rmSync(folder, { recursive: true, force: true });
        },
      };
    },
  };
}

const sizeJob: Job = {
  name: 'search: the index of documentation',
  async prepare() {
    const folder = mkdtempSync(join(tmpdir(), 'f9-bench-search-'));
    const source = new MemoryFileBackend();
    let content = 0;
    for (const [i, data] of documentation().entries()) {
      await source.create(`${i}.md`, { data });
      content += Buffer.byteLength(data);
    }
    return {
      async figures() {
        const [index, file] = [join(folder, 'index.db'), join(folder, 'notes.db')];
        const layer = withSearch(source, { path: index });
        await layer.refreshIndex();
        await layer.close();
        const vault = new SqliteFileBackend({ path: file, durability: 'none' });
        await mirror(source, vault);
        await vault.close();
        return [
          {
            name: 'index of withSearch : content',
            value: statSync(index).size / content,
            unit: 'x',
            atMost: 0.8,
          },
          {
            name: 'file of sqlite, index and content : content',
            value: statSync(file).size / content,
            unit: 'x',
          },
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
    const notes = new Notes();
    for (let i = 0; i < count; i++) await vault.create(`n${i}.md`, { data: notes.next() });
    const f9 = withSearch(vault, { path: ':memory:' });
    await f9.search(notes.question(3));
    return {
      async figures() {
        const times: number[] = [];
        for (let i = 0; i < 20; i++) {
          const start = performance.now();
          await f9.search(notes.question(3));
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

export const jobs: readonly Job[] = [
  relevanceJob('documentation', knownItems),
  relevanceJob('the Cranfield collection', cranfield, 0.4),
  sizeJob,
  notesJob(1000, { file: 2.2, median: 5, most: 30 }),
  notesJob(10_000, { file: 2.2, median: 5, most: 30 }),
  notesJob(100_000, { file: 2.2, median: 20 }),
  layerJob,
];
