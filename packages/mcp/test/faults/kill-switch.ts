// Imported before a server: counts every call of this process that changes a filesystem, kills the process before the one that
// F9_KILL_AT names, and says at the end how many there were.
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

const killAt = Number(process.env.F9_KILL_AT);
let steps = 0;

const CHANGES = [
  'copyFile',
  'ftruncate',
  'link',
  'mkdir',
  'rename',
  'rm',
  'rmdir',
  'truncate',
  'unlink',
  'write',
  'writeFile',
  'writev',
];

function patch(
  target: object,
  names: readonly string[],
  isStep = (_: readonly unknown[]): boolean => true,
): void {
  for (const name of names) {
    const original: unknown = Reflect.get(target, name);
    if (typeof original !== 'function') continue;
    Reflect.set(target, name, function (this: unknown, ...args: unknown[]): unknown {
      if (isStep(args) && ++steps === killAt) process.kill(process.pid, 'SIGKILL');
      return Reflect.apply(original, this, args);
    });
  }
}

const { O_WRONLY, O_RDWR, O_CREAT } = fs.constants;
const opensToWrite = ([, flags]: readonly unknown[]): boolean =>
  typeof flags === 'number'
    ? (flags & (O_WRONLY | O_RDWR | O_CREAT)) !== 0
    : /[wa+]/.test(String(flags ?? 'r'));

for (const target of [fs, fs.promises]) {
  patch(target, [...CHANGES, ...CHANGES.map((name) => `${name}Sync`)]);
  patch(target, ['open', 'openSync'], opensToWrite);
}
syncBuiltinESMExports();
process.once('exit', () => process.stderr.write(`steps: ${steps}\n`));
