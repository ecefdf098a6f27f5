import fs from 'node:fs';
import { LocalFileBackend } from '@f9/local';

const mode = process.argv[2];
const dir = '/dev/shm/bench-stream';
const v = await LocalFileBackend.open({ root: dir });
let n = 0;
const t0 = performance.now();
if (mode === 'f9') for await (const c of v.streamRead('big')) n += c.length;
if (mode === 'driver') for await (const c of v.driver.read('big', {})) n += c.length;
if (mode === 'crs')
  for await (const c of fs.createReadStream(dir + '/big', { highWaterMark: 8192 })) n += c.length;
if (mode === 'none');
console.log(
  Math.round(performance.now() - t0) + 'ms',
  mode,
  Math.round(process.resourceUsage().maxRSS / 1024),
  'MiB',
);
