// A tour of f9 on a folder, on real input: this repository's own files. `pnpm demo tour` runs it; it fails where anything is not so.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CHECKSUM_ALGORITHMS, isFileBackendError, mirror, readOnly } from '@f9/core';
import { LocalFileBackend } from '@f9/local';
import { bytes, chapter, check, endProgress, progress, quote, say, title } from './support/story.ts';

const MIB = 2 ** 20;
const root = mkdtempSync(join(tmpdir(), 'f9-tour-'));
const worker = join(import.meta.dirname, 'support/tour-worker.ts');

title('f9 on a folder: a tour');
try {
  await using vault = await LocalFileBackend.open({ root: join(root, 'vault') });
  await fillVault(vault);
  await streamBigFile(vault);
  await compareChecksums(vault);
  await lookAround(vault);
  await contendForSession(vault);
  await killWriter(vault);
  await tryToEscape(vault);
  title('Everything was as it says.');
} finally {
  rmSync(root, { recursive: true, force: true });
}

async function fillVault(vault: LocalFileBackend): Promise<void> {
  chapter('1. A vault is filled with the sources of this repository');
  await using repository = new LocalFileBackend({ root: join(import.meta.dirname, '..') });
  const sources = {
    glob: '{packages,docs,scripts}/**/*.{ts,md,json}',
    ignore: ['**/node_modules/**', '**/dist/**'],
  };
  const first = await mirror(readOnly(repository), vault, {
    ...sources,
    onProgress: ({ phase, done, total, bytesPerSecond }) =>
      progress(`${phase} ${done}/${total}, ${bytes(bytesPerSecond)}/s`),
  });
  endProgress();
  say(
    `mirror(repository, vault): ${first.copied.length} files copied, ${bytes(first.bytes)}, each one verified`,
  );
  check(first.failed.length === 0 && first.copied.length > 50, 'every file arrived');
  const second = await mirror(readOnly(repository), vault, sources);
  check(
    second.bytes === 0 && second.unchanged.length === first.copied.length,
    'a second mirror copies nothing: nothing changed',
  );
}

async function streamBigFile(vault: LocalFileBackend): Promise<void> {
  chapter('2. A large file streams through, and memory stays flat');
  const size = 256 * MIB;
  const block = new Uint8Array(MIB).map((_, i) => (i * 31) ^ (i >> 8));
  function* blocks(): Generator<Uint8Array> {
    for (let sent = 0; sent < size; sent += MIB) {
      progress(`writing ${bytes(sent)} of ${bytes(size)}`);
      yield block;
    }
  }
  globalThis.gc?.();
  const before = process.memoryUsage().rss;
  let peak = before;
  await vault.streamWrite('big/data.bin', { chunkSource: blocks() });
  let read = 0;
  for await (const chunk of vault.streamRead('big/data.bin')) {
    read += chunk.length;
    if (read % (8 * MIB) === 0) {
      peak = Math.max(peak, process.memoryUsage().rss);
      progress(`reading ${bytes(read)} of ${bytes(size)} in chunks of 8 KiB`);
    }
  }
  endProgress();
  say(
    `${bytes(size)} written and read again in chunks of 8 KiB; the process grew by ${bytes(peak - before)}`,
  );
  check(read === size, 'every byte came back');
  check(peak - before < size / 2, 'the file was never held in memory');
}

async function compareChecksums(vault: LocalFileBackend): Promise<void> {
  chapter('3. Checksums, against the tools of this system');
  const tools = { md5: 'md5sum', sha256: 'sha256sum', sha512: 'sha512sum', blake3: 'b3sum' };
  for (const algorithm of CHECKSUM_ALGORITHMS) {
    const sum = await vault.checksum('big/data.bin', { algorithm });
    const theirs = runTool(tools[algorithm], join(root, 'vault/big/data.bin'));
    if (theirs === undefined)
      say(`  ${algorithm.padEnd(6)} ${sum.slice(0, 32)}…  (${tools[algorithm]} is not installed here)`);
    else check(theirs === sum, `${algorithm.padEnd(6)} ${sum.slice(0, 32)}…  as ${tools[algorithm]} says`);
  }
}

async function lookAround(vault: LocalFileBackend): Promise<void> {
  chapter('4. Listing, glob and metadata');
  const names = await Array.fromAsync(vault.list('packages/core'), ({ path, isDir }) =>
    isDir ? `${path}/` : path,
  );
  say("list('packages/core')");
  quote(names);
  const globs = await vault.glob('packages/core/src/**/{path,text*}.ts');
  say("glob('packages/core/src/**/{path,text*}.ts')");
  quote(globs);
  check(globs.includes('packages/core/src/paths/path.ts'), 'the matcher found them');
  const info = await vault.info('packages/core/package.json', { checksum: 'sha256', detectEncoding: true });
  say("info('packages/core/package.json', { checksum: 'sha256', detectEncoding: true })");
  quote(JSON.stringify(info, null, 2));
  check(info.encoding === 'utf-8' && info.isTextFile(), 'it is known to be text');
}

async function contendForSession(vault: LocalFileBackend): Promise<void> {
  chapter('5. Two processes want the vault at the same time');
  await vault.create('counter.txt', { data: '0' });
  const workers = [startWorker('count'), startWorker('count')];
  await Promise.all(
    workers.map(async (child) =>
      check((await once(child, 'exit'))[0] === 0, `process ${child.pid} counted to 50`),
    ),
  );
  const total = await vault.read('counter.txt', { binary: false });
  say(`Both read a number, added one and wrote it back, 50 times, each time inside a session: ${total}`);
  check(total === '100', 'no step of either was lost');
}

async function killWriter(vault: LocalFileBackend): Promise<void> {
  chapter('6. A process is killed in the middle of a write');
  const old = 'old content\n'.repeat(1000);
  await vault.create('precious.txt', { data: old });
  const child = startWorker('write');
  await once(child.stdout!, 'data');
  child.kill('SIGKILL');
  await once(child, 'exit');
  say(`process ${child.pid} was replacing precious.txt and died with kill -9`);
  check((await vault.read('precious.txt', { binary: false })) === old, 'the old content is whole');
  await using reopened = await LocalFileBackend.open({ root: join(root, 'vault') });
  await reopened.update('precious.txt', { data: 'new content' });
  check(
    (await vault.read('precious.txt', { binary: false })) === 'new content',
    'the next writer goes on as if nothing had been',
  );
}

async function tryToEscape(vault: LocalFileBackend): Promise<void> {
  chapter('7. Nothing leads out of the vault');
  symlinkSync('/etc', join(root, 'vault/innocent'));
  for (const path of ['../../etc/passwd', 'innocent/passwd']) {
    const error: unknown = await vault.read(path).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    if (!isFileBackendError(error, 'PATH_OUTSIDE_ROOT'))
      throw new Error(`${path} was not refused: ${String(error)}`);
    check(
      !error.message.includes(root),
      `read(${JSON.stringify(path)}) is refused, and says nothing of where the vault lies:`,
    );
    quote(`${error.name} ${error.code}: ${error.message}`);
  }
}

function startWorker(task: 'count' | 'write'): ReturnType<typeof spawn> {
  const args = ['--conditions=@f9/source', worker, task, join(root, 'vault')];
  return spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
}

/** The checksum that a tool of the system prints; `undefined` where it is not installed. */
function runTool(tool: string, file: string): string | undefined {
  try {
    return execFileSync(tool, [file], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).split(
      /\s/,
    )[0];
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
