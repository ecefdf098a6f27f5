// Every program in a README or in docs/ is run as it stands: in an empty folder, with the packages installed as they are built.
import { execFile } from 'node:child_process';
import { globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hasPostgres } from '../../packages/postgres/test/support/cluster.ts';
import { isEveryday, sample } from '../../scripts/test/daily.ts';
import { type Services, startServices } from '../support/snippet-services.ts';

const repository = join(import.meta.dirname, '../..');
// Below examples/, whose node_modules has every package.
const workplace = mkdtempSync(join(import.meta.dirname, '../.snippets-'));
let services: Services;

beforeAll(async () => {
  services = await startServices(join(workplace, 'services'));
});

afterAll(async () => {
  await services.close();
  rmSync(workplace, { recursive: true, force: true });
});

interface Snippet {
  readonly line: number;
  readonly source: string;
}

const documents = globSync(
  ['README.md', 'CONTRIBUTING.md', 'docs/**/*.md', 'packages/*/README.md', 'examples/**/README.md'],
  {
    cwd: repository,
    exclude: (path) => path.includes('node_modules'),
  },
).sort();

describe.each(documents)('%s', (document) => {
  const text = readFileSync(join(repository, document), 'utf8');
  const all = [...programs(text)];
  const snippets = isEveryday ? sample(all, Math.ceil(all.length / 3)) : all;
  const onPostgres = snippets.filter(({ source }) => source.includes('@f9/postgres'));

  (hasPostgres ? test.concurrent : test.concurrent.skip).for(onPostgres)(
    'the program at line $line runs as it stands (needs PostgreSQL)',
    runs,
  );
  test.concurrent.for(snippets.filter((snippet) => !onPostgres.includes(snippet)))(
    'the program at line $line runs as it stands',
    runs,
  );

  async function runs({ line, source }: Snippet): Promise<void> {
    const folder = join(workplace, `${document.replaceAll(/[^\w]/g, '-')}-${line}`);
    mkdirSync(folder);
    const [command, ...args] = commandFor(folder, services.localise(source));
    const run = promisify(execFile)(command!, args, {
      cwd: folder,
      env: { ...process.env, ...services.environment, NODE_NO_WARNINGS: '1' },
    });
    await expect(run, `${document}:${line}`).resolves.toBeDefined();
  }

  test('every link to a file of this repository leads to one', () => {
    const targets = [...text.matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)/g)].map(([, target]) => target!);
    const missing = targets.filter((target) => {
      const path = join(document, '..', target).replace(/\/$/, '');
      return globSync(path, { cwd: repository }).length === 0;
    });
    expect(missing).toEqual([]);
  });
});

/** Writes the program where it runs, and says how: as a test file of its runner, or as it is. */
function commandFor(folder: string, source: string): string[] {
  if (!source.includes("from 'vitest'")) {
    const program = join(folder, 'program.ts');
    writeFileSync(program, source);
    return [process.execPath, ...(source.includes("from 'node:test'") ? ['--test'] : []), program];
  }
  writeFileSync(join(folder, 'program.test.ts'), source);
  // Else vitest takes the one of this repository, which is for its sources.
  writeFileSync(join(folder, 'vitest.config.ts'), 'export default {};');
  return [process.execPath, join(repository, 'node_modules/vitest/vitest.mjs'), 'run', '--root', folder];
}

function* programs(markdown: string): Generator<Snippet> {
  for (const match of markdown.matchAll(/^```(?:ts|js|typescript|javascript)\n(.*?)^```$/gms)) {
    const line = markdown.slice(0, match.index).split('\n').length;
    yield { line, source: match[1]! };
  }
}
