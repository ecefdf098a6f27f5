// pnpm document [--check]: writes what is derived from the code into the documents, or says that they are out of date.
import { globSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type FileBackend, MemoryFileBackend } from '@f9/core';
import { GitSyncFileBackend } from '@f9/git';
import { LocalFileBackend } from '@f9/local';
import { OpenAIVectorStoreFileBackend } from '@f9/openai';
import { PostgresFileBackend } from '@f9/postgres';
import { S3FileBackend } from '@f9/s3';
import { SqliteFileBackend } from '@f9/sqlite';
import { type BenchFigures, charts, figuresSection } from './announcement.ts';
import { apiPages } from './api-reference.ts';
import { architecturePicture } from './architecture.ts';
import { capabilitiesTable } from './capabilities-table.ts';
import { commandPages } from './command-pages.ts';
import { errorsTable } from './errors-table.ts';
import { figuresInShort } from './figures-in-short.ts';
import { silentHovers } from './hovers.ts';
import { llmsIndex } from './llms.ts';
import { manPage } from './man-page.ts';
import { replaceBetween } from './markers.ts';

// Constructors do no I/O: these never open.
const backends: Record<string, FileBackend> = {
  folder: new LocalFileBackend({ root: tmpdir() }),
  git: new GitSyncFileBackend({ remoteUrl: 'https://example.invalid/notes.git' }),
  'vector store': new OpenAIVectorStoreFileBackend({ vectorStoreId: 'vs_1', apiKey: 'none' }),
  SQLite: new SqliteFileBackend({ path: join(tmpdir(), 'vault.db') }),
  PostgreSQL: new PostgresFileBackend({ database: 'notes', user: 'notes' }),
  S3: new S3FileBackend({ bucket: 'notes', accessKeyId: 'none', secretAccessKey: 'none' }),
  memory: new MemoryFileBackend(),
};

const check = process.argv.includes('--check');
const stale: string[] = [];

update('README.md', (text) => replaceBetween(text, 'capabilities', capabilitiesTable(backends)));
update('docs/errors.md', (text) => replaceBetween(text, 'errors', errorsTable()));
mkdirSync('docs/pictures', { recursive: true });
update('docs/pictures/architecture.svg', architecturePicture);
mkdirSync('docs/api', { recursive: true });
for (const name of readdirSync('packages')) {
  // The command is a program: nobody imports it.
  if (name === 'cli') continue;
  for (const [file, page] of apiPages(join('packages', name))) update(`docs/api/${file}`, () => page);
}
mkdirSync('docs/command', { recursive: true });
const verbs = commandPages();
for (const [file, page] of verbs) update(`docs/command/${file}`, () => page);
for (const file of readdirSync('docs/command')) if (!verbs.has(file)) remove(`docs/command/${file}`);
const { version } = JSON.parse(readFileSync('packages/cli/package.json', 'utf8')) as { version: string };
const exitCodes = [
  ...readFileSync('packages/cli/README.md', 'utf8').matchAll(/^\| ([\d, ]+?) +\| (.+?) +\|$/gm),
].map(([, term = '', description = '']) => ({ term, description }));
mkdirSync('packages/cli/man', { recursive: true });
update('packages/cli/man/f9.1', () => manPage(version, exitCodes));
const figures = JSON.parse(readFileSync('bench/results.json', 'utf8')) as BenchFigures;
update('docs/announcement.md', (text) => replaceBetween(text, 'figures', figuresSection(figures)));
const short = figuresInShort(figures.results);
for (const file of ['README.md', 'docs/speed.md'])
  update(file, (text) => replaceBetween(text, 'figures in short', short));
mkdirSync('docs/charts', { recursive: true });
const drawn = charts(figures);
for (const [file, chart] of drawn) update(`docs/charts/${file}`, () => chart);
// Of jobs that are called otherwise by now.
for (const file of readdirSync('docs/charts')) if (!drawn.has(file)) remove(`docs/charts/${file}`);
update('llms.txt', llmsIndex);

const silent = silentHovers(readdirSync('packages').map((name) => join('packages', name)));
if (silent.length > 0) {
  console.error(`An editor shows no words over these; write a comment above each: ${silent.join(', ')}`);
  process.exitCode = 1;
}
if (stale.length > 0 && check) {
  console.error(`Out of date, run \`pnpm document\`: ${stale.join(', ')}`);
  process.exitCode = 1;
} else {
  console.log(check ? 'The derived documents are up to date' : `${stale.length} documents written`);
}

function update(path: string, derive: (text: string) => string): void {
  const before = globSync(path).length === 0 ? '' : readFileSync(path, 'utf8');
  const after = derive(before);
  if (after === before) return;
  stale.push(path);
  if (!check) writeFileSync(path, after);
}

function remove(path: string): void {
  stale.push(path);
  if (!check) rmSync(path);
}
