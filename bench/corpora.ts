import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** Documents and questions. */
export interface Corpus {
  readonly documents: readonly { readonly id: string; readonly text: string }[];
  readonly queries: readonly {
    readonly text: string;
    /** Documents that answer, each with how well. */
    readonly answers: ReadonlyMap<string, number>;
  }[];
}

/** Documents that are asked for at most, and questions. */
const DOCUMENTS = 1500;
const QUESTIONS = 300;

/**
 * Known-item search over documentation: each question is a heading of one document, and
 * headings are taken out of all texts, so that what the author said of a thing has to be found by what the author calls it.
 */
export function knownItems(): Corpus {
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
  const queries = [...asked].flatMap(([text, answer]) =>
    answer === undefined ? [] : [{ text, answers: new Map([[answer, 1]]) }],
  );
  const step = Math.max(1, Math.floor(queries.length / QUESTIONS));
  return { documents, queries: queries.filter((_, index) => index % step === 0) };
}

let read: readonly string[] | undefined;

/** The documentation that the peers of this bench brought along. */
export function documentation(): readonly string[] {
  read ??= markdownFiles()
    .slice(0, DOCUMENTS)
    .map((file) => readFileSync(file, 'utf8'));
  return read;
}

function markdownFiles(): string[] {
  const roots = [
    new URL('node_modules', import.meta.url).pathname,
    new URL('../node_modules/.pnpm', import.meta.url).pathname,
  ];
  const seen = new Set<string>();
  return roots.flatMap((root) =>
    [...filesBelow(root)]
      .filter((file) => /\.md$/i.test(file) && !/changelog|license/i.test(file))
      .sort()
      .filter((file) => {
        const { size } = statSync(file);
        const key = `${size}:${file.split('/').at(-2)}/${file.split('/').at(-1)}`;
        if (size < 1000 || size > 200_000 || seen.has(key)) return false;
        seen.add(key);
        return true;
      }),
  );
}

/** Without what links lead to: packages of this repository, which change, and each dependency once more. */
function* filesBelow(folder: string): Generator<string> {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* filesBelow(path);
    else if (entry.isFile()) yield path;
  }
}

/** Where the collection of the Cranfield tests may lie, which is public and not ours: `cran.all.1400`, `cran.qry` and `cranqrel`. */
const CRANFIELD = new URL('cranfield/', import.meta.url);

export function hasCranfield(): boolean {
  return existsSync(new URL('cran.all.1400', CRANFIELD));
}

/** Abstracts on aerodynamics with questions of researchers, who said of each abstract how well it answers. */
export function cranfield(): Corpus {
  const read = (name: string): string => readFileSync(new URL(name, CRANFIELD), 'utf8').replaceAll('\r', '');
  const records = (name: string): string[] => read(name).split(/^\.I /m).slice(1);
  const fieldOf = (record: string, field: string): string =>
    new RegExp(`^\\.${field}\\s*\\n([\\s\\S]*?)(?=^\\.[A-Z]\\s*$|(?![\\s\\S]))`, 'm')
      .exec(record)?.[1]
      ?.trim() ?? '';
  const answers = new Map<number, Map<string, number>>();
  for (const line of read('cranqrel').trim().split('\n')) {
    const [query, document, grade] = line.trim().split(/\s+/).map(Number);
    // From 1, a complete answer, to 4; others are none.
    if (!(grade! >= 1 && grade! <= 4)) continue;
    const known = answers.get(query!) ?? new Map<string, number>();
    answers.set(query!, known.set(String(document), 1));
  }
  return {
    documents: records('cran.all.1400').map((record) => ({
      id: String(Number.parseInt(record, 10)),
      text: `# ${fieldOf(record, 'T').replaceAll('\n', ' ')}\n\n${fieldOf(record, 'W')}`,
    })),
    // Judgements count the questions, whose own numbers have gaps.
    queries: records('cran.qry').map((record, index) => ({
      text: fieldOf(record, 'W').replaceAll('\n', ' '),
      answers: answers.get(index + 1) ?? new Map<string, number>(),
    })),
  };
}
