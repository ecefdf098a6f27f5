// A host of its own: waits for the session, and writes in it until it is told to end, or has lost it. Tells each step in a line.
import { createInterface } from 'node:readline';
import { isFileBackendError } from '@f9/core';
import type { DriverBackend } from '@f9/core/driver';

const [name, opener, options] = JSON.parse(process.argv[2]!) as [string, string, unknown];
const { default: openVault } = (await import(opener)) as { default: (options: unknown) => DriverBackend };
const tell = (word: string, value: number | string = ''): void => console.log(`${word} ${value}`);

let isOver = false;
createInterface({ input: process.stdin }).on('line', () => {
  isOver = true;
});

await using vault = openVault(options);
await vault.open();
tell('open');
const session = await vault.syncSession({ timeout: 60_000 });
tell('held', Date.now());
try {
  for (let i = 0; !isOver; i++) {
    await session.create(`${name}/${i}`, { data: `${i}` });
    await session.create('shared', { data: name, overwrite: true });
    // Of a transaction nothing is acknowledged before.
    if (vault.capabilities.transactional) await session.commit();
    tell('wrote', i);
  }
  await session.commit();
  tell('committed');
} catch (error) {
  tell('failed', isFileBackendError(error) ? error.code : String(error));
  const again = await session
    .create('shared', { data: `${name} again`, overwrite: true })
    .catch((thrown: unknown) => thrown);
  tell('again', isFileBackendError(again) ? again.code : 'done');
}
await session[Symbol.asyncDispose]();
process.stdin.destroy();
