// A host of its own: takes the session again and again, writes in it, and tells each step in a line; ends when it is told to.
import { createInterface } from 'node:readline';
import { isFileBackendError } from '@f9/core';
import { PostgresFileBackend, type PostgresFileBackendOptions } from '../../src/index.ts';

const [name, options] = JSON.parse(process.argv[2]!) as [string, PostgresFileBackendOptions];
const tell = (word: string, value: number | string = ''): void => console.log(`${word} ${value}`);

let isOver = false;
createInterface({ input: process.stdin }).on('line', () => {
  isOver = true;
});

await using vault = new PostgresFileBackend(options);
await vault.open();
tell('open');
const session = await vault.syncSession({ timeout: 60_000 });
tell('held', Date.now());
try {
  for (let i = 0; !isOver; i++) {
    await session.create(`${name}/${i}`, { data: `${i}` });
    await session.create('shared', { data: name, overwrite: true });
    await session.commit();
    tell('committed', i);
  }
  tell('ended');
} catch (error) {
  tell('failed', isFileBackendError(error) ? error.code : String(error));
  const again = await session
    .create('shared', { data: `${name} again`, overwrite: true })
    .catch((thrown: unknown) => thrown);
  tell('again', isFileBackendError(again) ? again.code : 'done');
}
await session[Symbol.asyncDispose]();
process.stdin.destroy();
