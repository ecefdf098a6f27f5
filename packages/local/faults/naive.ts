import fs from 'node:fs';
import { join } from 'node:path';
import { backendError } from '@f9/core/driver';
import type { Operation } from './operations.ts';
import { file } from './tree.ts';
import type { BreachKind } from './verdict.ts';

/** A writer as people write it. The harness has to catch it, in the same run. */
export interface Control extends Operation {
  /** What it is to be caught at, when it is killed and when a call fails. */
  readonly caughtAt: { readonly kill: BreachKind; readonly error: BreachKind };
}

const before = { 'file.txt': file('old '.repeat(1000)) };
const NEW = 'new '.repeat(1000);
const after = { 'file.txt': file(NEW) };

export const CONTROLS: readonly Control[] = [
  {
    name: 'control: writeFile in place',
    before,
    after,
    caughtAt: { kill: 'torn', error: 'torn' },
    run: (_backend, root) => fs.promises.writeFile(join(root, 'file.txt'), NEW),
  },
  {
    name: 'control: a temporary file beside it, renamed',
    before,
    after,
    caughtAt: { kill: 'leftover', error: 'leak' },
    run: async (_backend, root) => {
      const temporary = join(root, 'file.txt.tmp');
      const fd = fs.openSync(temporary, 'w');
      fs.writeSync(fd, NEW);
      fs.fsyncSync(fd);
      fs.closeSync(fd);
      fs.renameSync(temporary, join(root, 'file.txt'));
    },
  },
];

export function isControl(operation: Operation): operation is Control {
  return 'caughtAt' in operation;
}

/** Files as one would do without f9: what it looks at may have changed when it writes, and it writes in place. */
export class NaiveFiles {
  readonly #root: string;

  constructor(root: string) {
    this.#root = root;
  }

  async create(path: string, { data }: { readonly data: string }): Promise<void> {
    if (fs.existsSync(join(this.#root, path))) throw backendError('ALREADY_EXISTS', `${path} is there`);
    await this.update(path, { data });
  }

  async update(
    path: string,
    { data, append = false }: { readonly data: string; readonly append?: boolean },
  ): Promise<void> {
    const old = append ? await this.read(path) : '';
    await fs.promises.writeFile(join(this.#root, path), old + data);
  }

  async read(path: string, _options?: { readonly binary: false }): Promise<string> {
    return await fs.promises.readFile(join(this.#root, path), 'utf8');
  }
}
