import { execFileSync } from 'node:child_process';
import { bytesOf, chunksOf } from '@f9/core/driver';
import { expect, test } from 'vitest';
import { BlobReader } from '../src/process/blob-reader.ts';
import { GitProcess } from '../src/process/git-process.ts';
import { git, temporaryFolder } from './repository.ts';

/** A repository that holds `contents`, and their ids. */
function store(contents: readonly string[]): { readonly process: GitProcess; readonly oids: string[] } {
  const folder = temporaryFolder();
  git(folder, 'init', '--quiet', '--template=');
  const oids = contents.map((input) =>
    execFileSync('git', ['-C', folder, 'hash-object', '-w', '--stdin'], { input, encoding: 'utf8' }).trim(),
  );
  const process = new GitProcess(folder, { authorName: 'a', authorEmail: 'a@b' }, 'file');
  return { process, oids };
}

test('blobs that nobody asks for are passed over, and one that is left in the middle spoils none after it', async () => {
  const large = 'large '.repeat(400_000);
  const { process, oids } = store(['a', 'passed over', 'a', large, large, 'b\n', '']);
  const texts: string[] = [];
  await using blobs = new BlobReader(process, oids);
  for (const index of [0, 2])
    texts.push(Buffer.from(await bytesOf(await blobs.read(oids[index]!))).toString());
  for await (const _ of chunksOf(await blobs.read(oids[3]!))) break;
  for (const index of [5, 6])
    texts.push(Buffer.from(await bytesOf(await blobs.read(oids[index]!))).toString());
  expect(texts).toEqual(['a', 'a', 'b\n', '']);
});

test('a blob that is not there is no other one', async () => {
  const { process, oids } = store(['a', 'b']);
  await using blobs = new BlobReader(process, ['0'.repeat(40), ...oids]);
  await expect(blobs.read('0'.repeat(40))).rejects.toMatchObject({ code: 'INTEGRITY' });
  await using others = new BlobReader(process, oids);
  await expect(others.read('1'.repeat(40))).rejects.toMatchObject({ code: 'INTEGRITY' });
});
