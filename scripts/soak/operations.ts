import assert from 'node:assert/strict';
import { type FileBackend, isFileBackendError } from '@f9/core';

/** Every operation that all backends share; each leaves the vault as it was. */
export function sharedOperations(vault: FileBackend): Record<string, (round: number) => Promise<unknown>> {
  const text = (round: number): string => `round ${round}\n`.repeat(20);
  return {
    create: async (round) => {
      await vault.create('new.md', { data: text(round) });
      await vault.delete('new.md');
    },
    update: (round) => vault.update('a.md', { data: text(round) }),
    append: async (round) => {
      await vault.create('log.md', { data: text(round), overwrite: true });
      await vault.update('log.md', { data: 'more\n', append: true });
    },
    'update if unchanged': async (round) => {
      const { etag } = await vault.info('a.md');
      await vault.update('a.md', { data: text(round), ...(etag === undefined ? {} : { ifMatch: etag }) });
    },
    'update of what changed': (round) =>
      refused('PRECONDITION_FAILED', vault.update('a.md', { data: text(round), ifMatch: 'another' })),
    'read of bytes': () => vault.read('a.md'),
    'read of text': () => vault.read('a.md', { binary: false }),
    'read of nothing': () => refused('NOT_FOUND', vault.read('nothing.md')),
    'read that is aborted': () =>
      assert.rejects(vault.read('a.md', { signal: AbortSignal.abort() }), { name: 'AbortError' }),
    'read as a stream': () => Array.fromAsync(vault.streamRead('big.bin')),
    'stream that is left': async () => {
      for await (const _ of vault.streamRead('big.bin', { chunkSize: 1000 })) break;
    },
    'write from a stream': (round) =>
      vault.streamWrite('streamed.md', { chunkSource: [Buffer.from(text(round))], overwrite: true }),
    'write from a stream that fails': () =>
      assert.rejects(vault.streamWrite('streamed.md', { chunkSource: failing(), overwrite: true }), /source/),
    info: () => vault.info('a.md', { checksum: 'sha256', detectEncoding: true }),
    exists: () => vault.exists('nothing.md'),
    list: () => Array.fromAsync(vault.list('/', { recursive: true })),
    'listing that is left': async () => {
      for await (const _ of vault.list('/', { recursive: true })) break;
    },
    glob: () => vault.glob('**/*.md', { ignore: ['deep/**'] }),
    checksums: () => vault.checksumMany(['a.md', 'big.bin', 'nothing.md']),
    copy: () => vault.copy('a.md', 'copy.md', { overwrite: true }),
    move: async () => {
      await vault.move('deep', 'deeper');
      await vault.move('deeper', 'deep');
    },
    session: (round) =>
      vault.syncSession(async () => vault.update('a.md', { data: text(round) }), {
        pull: false,
        push: false,
      }),
  };
}

/** What the operations work on. */
export async function prepare(vault: FileBackend): Promise<void> {
  await vault.create('a.md', { data: '# A\n', overwrite: true });
  await vault.create('big.bin', { data: new Uint8Array(200_000).fill(7), overwrite: true });
  for (let i = 0; i < 20; i++) await vault.create(`deep/er/${i}.md`, { data: `${i}\n`, overwrite: true });
}

async function refused(code: string, work: Promise<unknown>): Promise<void> {
  await assert.rejects(work, (error) => isFileBackendError(error, code as 'NOT_FOUND'));
}

async function* failing(): AsyncGenerator<Uint8Array> {
  yield Buffer.from('half of it');
  throw new Error('the source failed');
}
