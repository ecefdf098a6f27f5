import fs from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { LocalFileBackend } from '../../src/index.ts';

// Enters the session of a vault again and again, and writes down when it enters and leaves.

const [, , root, name, rounds] = process.argv;
const backend = await LocalFileBackend.open({ root: root!, durability: 'none' });
const log = (what: string): void => fs.appendFileSync(join(root!, 'log.txt'), `${name} ${what}\n`);
for (let i = 0; i < Number(rounds); i++) {
  await backend.syncSession(async (session) => {
    log(`enter ${i}`);
    await sleep(Math.random() * 3);
    await session.commit();
    log(`leave ${i}`);
  });
}
