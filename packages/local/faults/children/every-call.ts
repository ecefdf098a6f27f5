import { join } from 'node:path';
import { LocalFileBackend } from '../../src/index.ts';
import { CONTROLS } from '../naive.ts';
import { type DeadProcesses, OPERATIONS, plantVault } from '../operations.ts';
import { CALLS, Shim } from '../shim.ts';

// Every operation once, with nothing going wrong, for whoever looks at the calls it makes.

export interface EveryCall {
  /** An empty folder. */
  readonly folder: string;
  readonly shim: string;
  readonly dead: DeadProcesses;
  readonly ios: readonly ('auto' | 'async')[];
}

/** A line of its output. */
export interface CallsResult {
  readonly operation: string;
  readonly calls: readonly string[];
}

const { folder, shim: shimPath, dead, ios }: EveryCall = JSON.parse(process.argv[2]!);
const shim = new Shim(shimPath);
let count = 0;
for (const io of ios) {
  for (const operation of [...CONTROLS, ...OPERATIONS]) {
    const root = join(folder, `${count++}`);
    plantVault(operation, root, dead);
    await using backend = new LocalFileBackend({ root, io, durability: 'fsync' });
    if (operation.opens !== true) await backend.open();
    operation.prepare?.(root, dead);
    shim.count(CALLS.change);
    await operation.run(backend, root);
    const { calls } = shim.disarm();
    const result: CallsResult = { operation: operation.name, calls };
    console.log(JSON.stringify(result));
  }
}
