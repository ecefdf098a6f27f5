import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { create, insertMultiple, search as searchOrama } from '@orama/orama';
import lunr from 'lunr';
import MiniSearch from 'minisearch';
import { MemoryFileBackend, mirror } from '../../packages/core/src/index.ts';
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
 * Known-item search over documentation: each question is a heading of one document, and
 * headings are taken out of all texts, so that what the author said of a thing has to be found by what the author calls it.
 */
function corpus(): Corpus {
  const documents: { id: string; text: string }[] = [];
  const asked = new Map<string, string | undefined>();
  for (const whole of documentation()) {
    const id = `d${documents.length}`;
    for (const [, heading] of whole.matchAll(/^#{2,3}\s+(.+?)\s*#*$/gm)) {
      const question = heading!.replace(/[`*_[\]()]/g, ' ').trim();
      if (question.split(/\s+/).length < 3) continue;
      // What several documents call something says nothing of which one is meant.
      asked.set(question, asked.has(question) ? undefined : id);
    }
    documents.push({ id, text: whole.replace(/^#{1,6}\s.*$/gm, '') });
  }
  const queries = [...asked].flatMap(([text, answer]) => (answer === undefined ? [] : [{ text, answer }]));
  const step = Math.max(1, Math.floor(queries.length / QUESTIONS));
  return { documents, queries: queries.filter((_, index) => index % step === 0) };
}

let known: readonly string[] | undefined;

/** The documentation that the peers of this bench brought along. */
function documentation(): readonly string[] {
  known ??= markdownFiles()
    .slice(0, DOCUMENTS)
    .map((file) => readFileSync(file, 'utf8'));
  return known;
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
  relevanceJob,
  sizeJob,
  notesJob(1000, { file: 2.2, median: 5, most: 30 }),
  notesJob(10_000, { file: 2.2, median: 5, most: 30 }),
  notesJob(100_000, { file: 2.2, median: 20 }),
  layerJob,
];
