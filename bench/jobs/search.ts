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

/** Different words in all notes. */
const WORDS = 30_000;
const SYLLABLES = 'ka lo mi ter san vel dor pin gar ru the ost bra ne qui fol'.split(' ');

/** Notes as languages are: the n-th most frequent word has a share of 1/n. The same ones each time. */
class Notes {
  readonly #shares = new Float64Array(WORDS);
  #seed = 42;

  constructor() {
    let sum = 0;
    for (let i = 0; i < WORDS; i++) {
      sum += 1 / (i + 1);
      this.#shares[i] = sum;
    }
  }

  next(): string {
    const [title, text, heading, more] = [4, 60, 3, 90].map((length) => this.sentence(length));
    return `# ${title}\n\n${text}\n\n## ${heading}\n\n${more}\n`;
  }

  sentence(length: number): string {
    return `${Array.from({ length }, () => this.#word()).join(' ')}.`;
  }

  #word(): string {
    this.#seed = (Math.imul(this.#seed, 1664525) + 1013904223) >>> 0;
    const at = (this.#seed / 2 ** 32) * this.#shares.at(-1)!;
    let [low, high] = [0, WORDS - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#shares[middle]! < at) low = middle + 1;
      else high = middle;
    }
    let word = '';
    for (let rest = low + SYLLABLES.length + 1; rest > 0; rest = Math.floor(rest / SYLLABLES.length)) {
      word += SYLLABLES[rest % SYLLABLES.length];
    }
    return word;
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
      let content = 0;
      for (let i = 0; i < count; i++) {
        const data = notes.next();
        content += data.length;
        await source.create(`notes/${i % 100}/n${i}.md`, { data });
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
            await vault.search(notes.sentence(2 + (i % 5)));
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
            { name: 'file : content', value: statSync(path).size / content, unit: 'x' },
          ] satisfies Figure[];
        },
        async dispose() {
          rmSync(folder, { recursive: true, force: true });
        },
      };
    },
  };
}

const layerJob: Job = {
  name: 'search: an unchanged vault, searched again',
  async prepare(scale) {
    const count = scale.size(10_000);
    const vault = new MemoryFileBackend();
    const notes = new Notes();
    for (let i = 0; i < count; i++) await vault.create(`n${i}.md`, { data: notes.next() });
    const f9 = withSearch(vault, { path: ':memory:' });
    await f9.search(notes.sentence(3));
    return {
      async figures() {
        const times: number[] = [];
        for (let i = 0; i < 20; i++) {
          const start = performance.now();
          await f9.search(notes.sentence(3));
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
  notesJob(1000, { file: 2.2, median: 5, most: 30 }),
  notesJob(10_000, { file: 2.2, median: 5, most: 30 }),
  notesJob(100_000, { file: 2.2, median: 20 }),
  layerJob,
];
