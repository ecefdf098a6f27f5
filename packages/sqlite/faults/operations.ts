import { DatabaseSync } from 'node:sqlite';
import type { BackendPath } from '@f9/core/driver';
import type { SqliteFileBackend } from '../src/index.ts';

/** Something that changes a vault, all of it or nothing. */
export interface Operation {
  readonly name: string;
  /** What it changes, as text by path; an empty text is a directory that goes with its files. */
  run(vault: SqliteFileBackend, path: string): Promise<unknown>;
  /** In a vault that keeps what files were. */
  readonly keepsHistory?: true;
  /** Done without a transaction: what must be caught, or nothing here would be. */
  readonly isControl?: true;
}

/** What is in a vault before an operation. */
export const PLANTED: Readonly<Record<string, string>> = {
  'a.md': '# A\n\nThe kingfisher dives.\n',
  'b.md': '# B\n\nAn owl listens.\n',
  'd/one.md': 'heron '.repeat(400),
  'd/two.md': 'crane\n\n'.repeat(300),
};

/** What a file was before, in a vault that keeps it. */
export const FORMER = { path: 'b.md', data: '# B\n\nA heron waits.\n' } as const;

/** Larger than a block, so that it is put in bit by bit; no text, whose words would be most of the work. */
const LARGE = '\0'.repeat(300_000);

export const OPERATIONS: readonly Operation[] = [
  { name: 'create', run: (vault) => vault.create('new/c.md', { data: '# C\n\nA stork.\n' }) },
  { name: 'create a large file', run: (vault) => vault.create('large.md', { data: LARGE }) },
  { name: 'replace', run: (vault) => vault.update('a.md', { data: 'The stork has gone.\n' }) },
  { name: 'append', run: (vault) => vault.update('d/one.md', { data: ' stork', append: true }) },
  {
    name: 'append that makes the file',
    run: (vault) => vault.update('new/log.md', { data: 'A stork.\n', append: true, create: true }),
  },
  { name: 'edit', run: (vault) => vault.edit('b.md', (bytes) => `${Buffer.from(bytes)}\nA stork.\n`) },
  { name: 'move', run: (vault) => vault.move('a.md', 'moved/a.md') },
  { name: 'copy', run: (vault) => vault.copy('a.md', 'copied/a.md') },
  { name: 'delete', run: (vault) => vault.delete('a.md') },
  { name: 'delete a tree', run: (vault) => vault.delete('d', { recursive: true }) },
  {
    name: 'create many',
    run: async (vault) => {
      const files = Array.from({ length: 20 }, (_, i) => ({
        path: `many/${i}.md` as BackendPath,
        source: Buffer.from(`gull ${i}`),
        ifExists: 'fail' as const,
        ifMissing: 'create' as const,
      }));
      for (const result of await vault.driver.writeMany!(files, {})) {
        if (result.status === 'rejected') throw result.reason;
      }
    },
  },
  {
    name: 'remove many',
    run: async (vault) => {
      const files = ['a.md', 'd/one.md', 'd/two.md'].map((path) => ({ path: path as BackendPath }));
      for (const result of await vault.driver.removeMany!(files, {})) {
        if (result.status === 'rejected') throw result.reason;
      }
    },
  },
  {
    name: 'replace if it is as it was',
    run: async (vault) => {
      const { etag } = await vault.info('a.md');
      await vault.update('a.md', { data: 'The stork has gone.\n', ifMatch: etag! });
    },
  },
  inHistory('replace', (vault) => vault.update('a.md', { data: 'The stork has gone.\n' })),
  inHistory('append', (vault) => vault.update('d/one.md', { data: ' stork', append: true })),
  inHistory('move', (vault) => vault.move('a.md', 'b.md', { overwrite: true })),
  inHistory('delete a tree', (vault) => vault.delete('d', { recursive: true })),
  inHistory('restore', async (vault) => {
    const [, former] = await Array.fromAsync(vault.history(FORMER.path));
    await vault.restore(FORMER.path, { version: former!.version });
  }),
  {
    name: 'control: a file in two statements',
    isControl: true,
    run: async (_, path) => {
      const database = new DatabaseSync(path);
      try {
        database.exec("UPDATE entries SET size = 3 WHERE path = 'a.md'");
        database.exec(
          "UPDATE blocks SET bytes = x'616263' WHERE content = (SELECT content FROM entries WHERE path = 'a.md')",
        );
      } finally {
        database.close();
      }
    },
  },
];

function inHistory(name: string, run: Operation['run']): Operation {
  return { name: `${name}, with history`, keepsHistory: true, run };
}
