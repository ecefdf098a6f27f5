import fs from 'node:fs';
import { join } from 'node:path';
import { isFileBackendError } from '@f9/core';
import { LocalFileBackend } from '../../src/index.ts';
import { leftInState } from '../verdict.ts';

// Reads and writes at the same time in a process that may open few files.

/** A line of its output. */
export interface FewHandlesResult {
  readonly io: string;
  readonly done: number;
  /** Operations that failed with `TOO_MANY_OPEN`. */
  readonly refused: number;
  readonly breaches: readonly string[];
}

const FILES = 20;
const PER_KIND = 50;
const contents = Array.from({ length: FILES }, (_, i) => `${i} `.repeat(i % 2 === 0 ? 500 : 50_000));

const folder: string = JSON.parse(process.argv[2]!);
for (const io of ['auto', 'async'] as const) console.log(JSON.stringify(await crowd(io)));

async function crowd(io: 'auto' | 'async'): Promise<FewHandlesResult> {
  const root = join(folder, io);
  const breaches: string[] = [];
  await using backend = await LocalFileBackend.open({ root, io, durability: 'none' });
  for (const [i, data] of contents.entries()) await backend.create(`${i}.txt`, { data });
  await backend.read('0.txt');
  const handles = openHandles();

  const content = (i: number): string => contents[i % FILES]!;
  const path = (i: number): string => `${i % FILES}.txt`;
  const running = Array.from({ length: PER_KIND }, (_, i) => [
    backend.read(path(i), { binary: false }).then((text) => text === content(i)),
    readStream(backend, path(i)).then((text) => text === content(i)),
    backend.update(path(i), { data: content(i) }).then(() => true),
    backend.streamWrite(path(i), { chunkSource: [content(i)], overwrite: true }).then(() => true),
  ]).flat();
  const results = await Promise.allSettled(running);
  const failures = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []));
  const refused = failures.filter((error) => isFileBackendError(error, 'TOO_MANY_OPEN'));
  breaches.push(
    ...failures.filter((error) => !refused.includes(error)).map((error) => `failed with ${error}`),
  );
  const wrong = results.filter((result) => result.status === 'fulfilled' && !result.value);
  if (wrong.length > 0) breaches.push(`${wrong.length} reads of something else`);

  if (openHandles() !== handles) breaches.push(`${openHandles() - handles} handles more than before`);
  const left = leftInState(root);
  if (left.length > 0) breaches.push(`left over: ${left}`);
  for (const [i, data] of contents.entries()) {
    if ((await backend.read(`${i}.txt`, { binary: false })) !== data) breaches.push(`${i}.txt is torn`);
  }
  return { io, done: results.length - failures.length, refused: refused.length, breaches };
}

async function readStream(backend: LocalFileBackend, path: string): Promise<string> {
  let text = '';
  for await (const chunk of backend.streamRead(path, { binary: false })) text += chunk;
  return text;
}

function openHandles(): number {
  return fs.readdirSync('/proc/self/fd').length;
}
