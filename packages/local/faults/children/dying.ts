import { OpenFolder } from '../../src/files/open-folder.ts';
import { LocalFileBackend } from '../../src/index.ts';
import { Runner } from '../../src/io/runner.ts';
import { waitFor } from '../../src/io/system-calls.ts';

// A process that is killed at its work: while it holds the session or a path, or halfway through a file.

export type Dying = 'in a session' | 'at a file' | 'at a path';

const [root, when]: [string, Dying] = [JSON.parse(process.argv[2]!), JSON.parse(process.argv[3]!)];
if (when === 'at a path') await holdPath();
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

async function holdPath(): Promise<void> {
  const runner = await Runner.for('auto', root);
  const options = { stateDirectory: undefined, durability: 'none', hasProc: true, hides: undefined } as const;
  const { locks } = await OpenFolder.open(runner, { ...options, path: root });
  await runner.runUnqueued(
    locks.hold([`${root}/file.txt`], () => waitFor(async () => process.kill(process.pid, 'SIGKILL'))),
  );
}
