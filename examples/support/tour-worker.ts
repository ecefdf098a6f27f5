// What the other processes of the tour do: `count` adds 50 to a number, each time inside a session; `write` never finishes a write.
import { LocalFileBackend } from '@f9/local';

const [task, root] = process.argv.slice(2);
if (root === undefined) throw new Error('Usage: tour-worker.ts count|write <root>');
await using vault = new LocalFileBackend({ root });

if (task === 'count') {
  for (let i = 0; i < 50; i++) {
    await vault.syncSession(async () => {
      const count = Number(await vault.read('counter.txt', { binary: false }));
      await vault.update('counter.txt', { data: String(count + 1) });
    });
  }
} else {
  await vault.streamWrite('precious.txt', { chunkSource: endless(), overwrite: true });
}

async function* endless(): AsyncGenerator<string> {
  for (let i = 0; ; i++) {
    yield 'half written\n'.repeat(10_000);
    if (i === 20) console.log('writing');
    if (i > 20) await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
