import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { testBackend } from '@f9/conformance';
import { LocalFileBackend } from './src/index.ts';

const [io, pattern, times] = process.argv.slice(2);
const bodies: [string, () => Promise<void>][] = [];
await testBackend(
  { describe: (_, b) => b(), test: (t: string, b: () => Promise<void>) => void bodies.push([t, b]) },
  {
    createStore: () => {
      const folder = fs.realpathSync(fs.mkdtempSync(join(tmpdir(), 'f9-local-')));
      const root = join(folder, 'vault');
      fs.mkdirSync(root);
      return {
        createBackend: () => new LocalFileBackend({ root, io: io as 'auto', durability: 'none' }),
        secrets: [folder],
        dispose: () => fs.rmSync(folder, { recursive: true }),
      };
    },
    resources: () => fs.readdirSync('/proc/self/fd').length,
  },
);
for (let i = 0; i < Number(times); i++)
  for (const [title, body] of bodies)
    if (new RegExp(pattern!).test(title)) {
      const t0 = performance.now();
      await body().catch((e) => console.log(i, title, String(e).slice(0, 600)));
      const t = performance.now() - t0;
      if (t > 1500) console.log('slow', i, title, t);
    }
console.log('done');
