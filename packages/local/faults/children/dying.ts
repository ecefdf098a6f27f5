import { LocalFileBackend } from '../../src/index.ts';

// A process that is killed at its work: while it holds the session, or halfway through a file.

export type Dying = 'in a session' | 'at a file';

const [root, when]: [string, Dying] = [JSON.parse(process.argv[2]!), JSON.parse(process.argv[3]!)];
await using backend = await LocalFileBackend.open({ root, durability: 'none' });
if (when === 'in a session') await backend.syncSession();
else await backend.streamWrite('file.txt', { chunkSource: endless() });
process.kill(process.pid, 'SIGKILL');

async function* endless(): AsyncGenerator<Uint8Array> {
  for (let i = 0; ; i++) {
    yield new Uint8Array(1024 * 1024);
    if (i === 2) process.kill(process.pid, 'SIGKILL');
  }
}
