import { text } from 'node:stream/consumers';
import { GitSyncFileBackend, type GitSyncFileBackendOptions } from '../src/index.ts';

// A program that writes, pushes and pulls once; its options come by standard input.

await using vault = await GitSyncFileBackend.open(
  JSON.parse(await text(process.stdin)) as GitSyncFileBackendOptions,
);
await vault.create('a', { data: 'a' });
await vault.sync();
