import { MemoryFileBackend, mirror } from '@f9/core';
import { S3FileBackend, type S3FileBackendOptions } from '../../src/index.ts';
import type { Passing, S3Proxy } from './proxy.ts';

// What operations cost, counted where the requests arrive. Deletions are free everywhere.

/** Euros for a million requests, about what AWS asks for; R2 asks a tenth less. */
const [WRITING, READING] = [5, 0.4];

/** Requests by what is asked for them. */
export interface Cost {
  /** Writes and listings. */
  readonly writing: number;
  readonly reading: number;
  readonly free: number;
}

/** An operation on a vault that is open and holds `dir/a` and 20 files in `many`. */
type Operation = readonly [name: string, run: (vault: S3FileBackend) => Promise<unknown>];

/** Counted one after the other, on one vault. */
export const SINGLE: readonly Operation[] = [
  ['`create` of a new file at the root', (vault) => vault.create('new', { data: 'N' })],
  ['`create` of a new file one directory deeper', (vault) => vault.create('dir/new', { data: 'N' })],
  ['`update`', (vault) => vault.update('dir/a', { data: 'B' })],
  ['`update` with `append`', (vault) => vault.update('dir/a', { data: 'C', append: true })],
  ['`read`', (vault) => vault.read('dir/a')],
  ['`info`, `exists`, `checksum`', (vault) => vault.info('dir/a')],
  ['`list` of up to 1,000 names', (vault) => Array.fromAsync(vault.list('/'))],
  ['`copy`', (vault) => vault.copy('dir/a', 'dir/b')],
  ['`move`', (vault) => vault.move('dir/b', 'dir/c')],
  ['`delete` of a file', (vault) => vault.delete('dir/c')],
  ['`delete` of a directory of up to 1,000 files', (vault) => vault.delete('many', { recursive: true })],
];

/** @param options of a new vault behind the proxy */
export async function costsOfSingle(
  proxy: S3Proxy,
  options: S3FileBackendOptions,
): Promise<ReadonlyMap<string, Cost>> {
  await using vault = new S3FileBackend(options);
  await vault.create('dir/a', { data: 'A' });
  await Promise.all(Array.from({ length: 20 }, (_, i) => vault.create(`many/${i}`, { data: `${i}` })));
  const costs = new Map<string, Cost>();
  for (const [name, run] of SINGLE) costs.set(name, await costOf(proxy, () => run(vault)));
  return costs;
}

/** Of a session that writes ten files, and of mirrors of 1,000: by whole programs, which open the vault. */
export async function costsOfPrograms(
  proxy: S3Proxy,
  options: S3FileBackendOptions,
): Promise<ReadonlyMap<string, Cost>> {
  const source = new MemoryFileBackend();
  for (let i = 0; i < 1000; i++) await source.create(`d${i % 10}/note-${i}.md`, { data: `note ${i}\n` });
  const opened = async (work: (vault: S3FileBackend) => Promise<unknown>): Promise<Cost> =>
    await costOf(proxy, async () => {
      await using vault = new S3FileBackend(options);
      await work(vault);
    });
  return new Map([
    ['a first mirror of 1,000 files', await opened((vault) => mirror(source, vault))],
    ['the same again, unchanged', await opened((vault) => mirror(source, vault))],
    [
      'a session with ten `update`s',
      await opened(async (vault) => {
        await vault.syncSession(async (session) => {
          for (let i = 0; i < 10; i++) await session.update(`d${i}/note-${i}.md`, { data: 'changed' });
        });
      }),
    ],
  ]);
}

export function costTable(costs: ReadonlyMap<string, Cost>): string {
  const head = [
    '| | writes and listings | reads | deletions | euros for a million times |',
    '|---|---|---|---|---|',
  ];
  return [...head, ...[...costs].map(([name, cost]) => costRow(name, cost))].join('\n');
}

export function costRow(name: string, { writing, reading, free }: Cost): string {
  const euros = (writing * WRITING + reading * READING).toLocaleString('en', { maximumFractionDigits: 1 });
  const [write, read, remove] = [writing, reading, free].map((count) => count.toLocaleString('en'));
  return `| ${name} | ${write} | ${read} | ${remove} | ${euros} |`;
}

async function costOf(proxy: S3Proxy, work: () => Promise<unknown>): Promise<Cost> {
  proxy.passed.length = 0;
  await work();
  const kinds = proxy.passed.map(kindOf);
  const count = (kind: keyof Cost): number => kinds.filter((each) => each === kind).length;
  return { writing: count('writing'), reading: count('reading'), free: count('free') };
}

function kindOf({ method, query }: Passing): keyof Cost {
  if (method === 'DELETE' || query.has('delete')) return 'free';
  return method === 'PUT' || method === 'POST' || query.has('list-type') ? 'writing' : 'reading';
}
