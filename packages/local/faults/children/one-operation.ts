import fs from 'node:fs';
import { flushCompileCache } from 'node:module';
import { LocalFileBackend, type LocalFileBackendOptions } from '../../src/index.ts';
import { CONTROLS } from '../naive.ts';
import { type DeadProcesses, OPERATIONS } from '../operations.ts';
import { CALLS, type Injection, Shim } from '../shim.ts';

// One operation under the shim, and the point at which this process is to be killed; without one it says what it did and is killed.

export interface OneOperation {
  readonly operation: string;
  readonly options: LocalFileBackendOptions;
  readonly shim: string;
  readonly dead: DeadProcesses;
  readonly injection?: Injection;
}

const { operation, options, shim: shimPath, dead, injection }: OneOperation = JSON.parse(process.argv[2]!);
const { run, opens, prepare } = [...OPERATIONS, ...CONTROLS].find(({ name }) => name === operation)!;

process.umask(0o022);
const shim = new Shim(shimPath);
const backend = new LocalFileBackend(options);
if (opens !== true) await backend.open();
prepare?.(options.root, dead);
// Whoever is killed cannot leave the next one what was compiled.
if (injection === undefined) flushCompileCache();
if (injection === undefined) shim.count(CALLS.change);
else shim.arm(injection);
await run(backend, options.root);
fs.writeSync(1, 'acknowledged');
process.kill(process.pid, 'SIGKILL');
