import type { FileBackend } from '@f9/core';
import type { Figure } from './harness.ts';

/** How much memory a listing of all files of a vault takes at the most, and how long. @throws where it does not list `files` */
export async function flatListing(vault: FileBackend, files: number): Promise<Figure[]> {
  const inUse = (): number => {
    globalThis.gc?.();
    return process.memoryUsage().heapUsed;
  };
  const before = inUse();
  let [found, most] = [0, 0];
  const begun = performance.now();
  for await (const { isDir } of vault.list('/', { recursive: true })) {
    if (!isDir && ++found % Math.ceil(files / 10) === 0) most = Math.max(most, inUse() - before);
  }
  const seconds = (performance.now() - begun) / 1000;
  if (found !== files) throw new Error(`${found} files were listed, not ${files}`);
  const megabytes = Math.round(most / 2 ** 10) / 2 ** 10;
  return [
    { name: 'memory more than before', value: megabytes, unit: 'MB', atMost: 20 },
    { name: 'time', value: Math.round(seconds * 100) / 100, unit: 's' },
  ];
}
