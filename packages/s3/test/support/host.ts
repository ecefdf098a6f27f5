// A host of its own: waits for the session, and writes in it until it is told to end, or has lost it. Tells each step in a line.
import { createInterface } from 'node:readline';
import { isFileBackendError } from '@f9/core';
import { S3FileBackend, type S3FileBackendOptions } from '../../src/index.ts';

const [name, options] = JSON.parse(process.argv[2]!) as [string, S3FileBackendOptions];
const tell = (word: string, value: number | string = ''): void => console.log(`${word} ${value}`);

let isOver = false;
createInterface({ input: process.stdin }).on('line', () => {
  isOver = true;
});

await using vault = new S3FileBackend(options);
await vault.open();
tell('open');
const session = await vault.syncSession({ timeout: 60_000 });
tell('held', performance.now());
try {
  for (let i = 0; !isOver; i++) {
    await session.create(`${name}/${i}`, { data: `${i}` });
    await session.create('shared', { data: name, overwrite: true });
    tell('wrote', i);
  }
  await session.commit();
  tell('committed');
} catch (error) {
  tell('failed', isFileBackendError(error) ? error.code : String(error));
  const again = await session
    .create('shared', { data: `${name} again`, overwrite: true })
    .catch((e: unknown) => e);
  tell('again', isFileBackendError(again) ? again.code : 'done');
}
await session[Symbol.asyncDispose]();
process.stdin.destroy();
