import { once } from 'node:events';
import nodeFs, { createReadStream, createWriteStream } from 'node:fs';
import nodePromises, { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { pathToFileURL } from 'node:url';
import { type FileBackend, MemoryFileBackend } from '@f9/core';
import { LocalFileBackend } from '@f9/local';
import { afterAll, describe, expect, test } from 'vitest';
import { createFs, type VaultFs } from '../src/index.ts';

/** The part of `fs` that a program uses; Node's own and a vault's are held to the same. */
type Fs = VaultFs;

/** A program, which gets paths of `f` (a file), `d` (a directory with `g` and the directories `e` and `s/t`) by `p`. */
type Program = (fs: Fs, p: (path: string) => string) => Promise<unknown>;

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

const codeOf = (failing: Promise<unknown>): Promise<unknown> =>
  failing.then(
    () => 'no error',
    ({ code }: { code: string }) => code,
  );

const said = (failing: Promise<unknown>): Promise<unknown> =>
  failing.then(
    () => 'no error',
    ({ name, message }: Error) => `${name}: ${message}`,
  );

const kinds = (
  entries: readonly { name: string; isFile(): boolean; isDirectory(): boolean; isSymbolicLink(): boolean }[],
): string[] =>
  entries
    .map((entry) => `${entry.name} ${entry.isFile()} ${entry.isDirectory()} ${entry.isSymbolicLink()}`)
    .sort();

/** What both must do alike, to the value and to the error. */
const EXACT: Readonly<Record<string, Program>> = {
  'readFile gives a Buffer': async (fs, p) => Buffer.isBuffer(await fs.readFile(p('f'))),
  'readFile in an encoding': async (fs, p) => [
    await fs.readFile(p('f'), 'utf8'),
    await fs.readFile(p('f'), { encoding: 'base64' }),
    await fs.readFile(p('f'), { encoding: 'hex', flag: 'r' }),
  ],
  'readFile by a URL': (fs, p) => fs.readFile(pathToFileURL(p('f')), 'utf8'),
  'readFile by a Buffer': (fs, p) => fs.readFile(Buffer.from(p('f')), 'utf8'),
  'readFile of nothing': (fs, p) => fs.readFile(p('none')),
  'readFile of a directory': (fs, p) => fs.readFile(p('d')),
  'readFile of an empty path': (fs) => fs.readFile(''),
  'readFile that makes the file': (fs, p) => fs.readFile(p('new'), { flag: 'a+', encoding: 'utf8' }),
  'readFile with a flag that there is not': (fs, p) => fs.readFile(p('f'), { flag: 'rx' }),
  'writeFile replaces': (fs, p) => fs.writeFile(p('f'), 'new'),
  'writeFile in an encoding': (fs, p) => fs.writeFile(p('f'), 'bmV3', 'base64'),
  'writeFile of arrays and views': async (fs, p) => {
    await fs.writeFile(p('a'), new Uint16Array([1, 2, 3]).subarray(1));
    await fs.writeFile(p('b'), new DataView(new ArrayBuffer(4), 1, 2));
  },
  'writeFile of chunks': (fs, p) => fs.writeFile(p('f'), ['a', Buffer.from('b'), 'c']),
  'writeFile of an asynchronous iterable': (fs, p) =>
    fs.writeFile(
      p('f'),
      (async function* () {
        yield '00';
        yield 'ff';
      })(),
      { encoding: 'hex' },
    ),
  'writeFile of half a surrogate pair': (fs, p) => fs.writeFile(p('f'), 'a\ud800b'),
  'writeFile only if there is none': (fs, p) => fs.writeFile(p('f'), 'x', { flag: 'wx' }),
  'writeFile over the start': (fs, p) => fs.writeFile(p('f'), 'HE', { flag: 'r+' }),
  'writeFile over the start of nothing': (fs, p) => fs.writeFile(p('none'), 'HE', { flag: 'r+' }),
  'writeFile to a file that is only read': (fs, p) => fs.writeFile(p('f'), 'x', { flag: 'r' }),
  'writeFile where no directory is': (fs, p) => fs.writeFile(p('none/x'), 'x'),
  'writeFile below a file': (fs, p) => fs.writeFile(p('f/x'), 'x'),
  'writeFile over a directory': (fs, p) => fs.writeFile(p('d'), 'x'),
  'appendFile adds, and makes the file': async (fs, p) => {
    await fs.appendFile(p('f'), ' more');
    await fs.appendFile(p('new'), bytes('first'));
  },
  'appendFile with a flag that is not given adds, too': async (fs, p) => {
    await fs.appendFile(p('f'), ' more', { flag: undefined });
    await fs.appendFile(p('f'), ' and more', { flag: null } as never);
    return await fs.readFile(p('f'), { flag: null, encoding: 'utf8' } as never);
  },
  'appendFile only if there is none': (fs, p) => fs.appendFile(p('f'), 'x', { flag: 'ax' }),
  'appendFile where no directory is': (fs, p) => fs.appendFile(p('none/x'), 'x'),
  'appendFile to a directory': (fs, p) => fs.appendFile(p('d'), 'x'),
  'truncate cuts': (fs, p) => fs.truncate(p('f'), 2),
  'truncate grows': (fs, p) => fs.truncate(p('f'), 8),
  'truncate to less than nothing is to nothing': (fs, p) => fs.truncate(p('f'), -3),
  'truncate to a part of a byte': (fs, p) => fs.truncate(p('f'), 1.5),
  'truncate to a text': (fs, p) => fs.truncate(p('f'), '3' as never),
  'truncate of nothing': (fs, p) => fs.truncate(p('none'), 2),
  'stat of a file': async (fs, p) => {
    const stats = await fs.stat(p('f'));
    return [
      stats.isFile(),
      stats.isDirectory(),
      stats.size,
      stats.mode & 0o170_000,
      stats.mtime instanceof Date,
    ];
  },
  'stat of a directory': async (fs, p) => {
    const stats = await fs.stat(p('d'));
    return [
      stats.isFile(),
      stats.isDirectory(),
      stats.isSymbolicLink(),
      stats.isFIFO(),
      stats.mode & 0o170_000,
    ];
  },
  'stat tells when a file was written': async (fs, p) => {
    const { mtimeMs, mtime, birthtimeMs } = await fs.stat(p('f'));
    const isNow = (time: number): boolean => Math.abs(Date.now() - time) < 60_000;
    return [isNow(mtimeMs), isNow(mtime.getTime()), isNow(birthtimeMs)];
  },
  'stat of nothing': (fs, p) => fs.stat(p('none')),
  'lstat of a file': async (fs, p) => (await fs.lstat(p('f'))).size,
  'lstat of nothing': (fs, p) => fs.lstat(p('none')),
  'access of a file': (fs, p) => fs.access(p('f')),
  'access of nothing': (fs, p) => fs.access(p('none')),
  'realpath of nothing': (fs, p) => fs.realpath(p('none')),
  'readdir names': async (fs, p) => (await fs.readdir(p('d'))).sort(),
  'readdir names in Buffers': async (fs, p) =>
    (await fs.readdir(p('d'), 'buffer')).map((name) => [Buffer.isBuffer(name), String(name)]).sort(),
  'readdir with types': async (fs, p) => {
    const entries = await fs.readdir(p('d'), { withFileTypes: true });
    return [kinds(entries), entries.every((entry) => entry.parentPath === p('d'))];
  },
  'readdir recursively': async (fs, p) => (await fs.readdir(p('d'), { recursive: true })).sort(),
  'readdir recursively with types': async (fs, p) => {
    const entries = await fs.readdir(p('d'), { recursive: true, withFileTypes: true });
    return [
      kinds(entries),
      entries.map((entry) => join(entry.parentPath, entry.name).slice(p('d').length)).sort(),
    ];
  },
  'readdir of nothing': (fs, p) => fs.readdir(p('none')),
  'readdir of a file': (fs, p) => fs.readdir(p('f')),
  'mkdir makes one': (fs, p) => fs.mkdir(p('new')),
  'mkdir over what is there': (fs, p) => fs.mkdir(p('d')),
  'mkdir over a file': (fs, p) => fs.mkdir(p('f')),
  'mkdir where no directory is': (fs, p) => fs.mkdir(p('none/x')),
  'mkdir recursively gives the first it made': async (fs, p) =>
    (await fs.mkdir(p('d/x/y/z'), { recursive: true }))?.slice(p('d').length),
  'mkdir recursively over what is there': (fs, p) => fs.mkdir(p('d/e'), { recursive: true }),
  'mkdir recursively over a file': (fs, p) => fs.mkdir(p('f'), { recursive: true }),
  'mkdir recursively below a file': (fs, p) => fs.mkdir(p('f/x'), { recursive: true }),
  'mkdtemp makes a new one each time': async (fs, p) => {
    const made = [await fs.mkdtemp(p('tmp-')), await fs.mkdtemp(p('tmp-'))];
    const result = [made.every((path) => /^tmp-.{6}$/.test(path.slice(p('').length))), made[0] === made[1]];
    for (const path of made) await fs.rmdir(path);
    return result;
  },
  'mkdtemp where no directory is': (fs, p) =>
    fs.mkdtemp(p('none/x-')).catch(({ code }: { code: string }) => code),
  'rmdir of an empty directory': (fs, p) => fs.rmdir(p('d/e')),
  'rmdir of a full one': (fs, p) => fs.rmdir(p('d')),
  'rmdir of a file': (fs, p) => fs.rmdir(p('f')),
  'rmdir of nothing': (fs, p) => fs.rmdir(p('none')),
  'unlink of a file': (fs, p) => fs.unlink(p('f')),
  'unlink of nothing': (fs, p) => fs.unlink(p('none')),
  'rm of a file': (fs, p) => fs.rm(p('f')),
  'rm of a directory': async (fs, p) => fs.rm(p('d')).catch(({ code }: { code: string }) => code),
  'rm of a directory recursively': (fs, p) => fs.rm(p('d'), { recursive: true }),
  'rm of nothing': async (fs, p) => fs.rm(p('none')).catch(({ code }: { code: string }) => code),
  'rm of nothing by force': (fs, p) => fs.rm(p('none'), { force: true, recursive: true }),
  'rename of a file': (fs, p) => fs.rename(p('f'), p('d/renamed')),
  'rename over a file': (fs, p) => fs.rename(p('f'), p('d/g')),
  'rename to itself': (fs, p) => fs.rename(p('f'), p('f')),
  'rename of a directory': (fs, p) => fs.rename(p('d'), p('renamed')),
  'rename of a directory over an empty one': (fs, p) => fs.rename(p('d/s'), p('d/e')),
  'rename of a directory over a full one': (fs, p) => fs.rename(p('d/e'), p('d/s')),
  'rename of a file over a directory': (fs, p) => fs.rename(p('f'), p('d')),
  'rename of a directory over a file': (fs, p) => fs.rename(p('d'), p('f')),
  'rename of a directory into itself': (fs, p) => fs.rename(p('d'), p('d/e/x')),
  'rename of a file below itself': (fs, p) => fs.rename(p('f'), p('f/x')),
  'rename to where no directory is': (fs, p) => fs.rename(p('f'), p('none/x')),
  'rename of nothing': (fs, p) => fs.rename(p('none'), p('x')),
  'copyFile copies, and replaces': async (fs, p) => {
    await fs.copyFile(p('f'), p('copy'));
    await fs.copyFile(p('f'), p('d/g'));
  },
  'copyFile only if there is none': (fs, p) => fs.copyFile(p('f'), p('d/g'), fs.constants.COPYFILE_EXCL),
  'copyFile of a directory': (fs, p) => fs.copyFile(p('d'), p('x')),
  'copyFile over a directory': (fs, p) => fs.copyFile(p('f'), p('d')),
  'copyFile to where no directory is': (fs, p) => fs.copyFile(p('f'), p('none/x')),
  'copyFile to itself': (fs, p) => fs.copyFile(p('f'), p('f')),
  'copyFile to itself only if there is none': (fs, p) =>
    fs.copyFile(p('f'), p('f'), fs.constants.COPYFILE_EXCL),
  'copyFile of nothing': (fs, p) => fs.copyFile(p('none'), p('x')),
  'cp of a file': (fs, p) => fs.cp(p('f'), p('copy')),
  'cp of a directory, into what is there': async (fs, p) => {
    await fs.cp(p('d'), p('copy'), { recursive: true });
    await fs.cp(p('d/s'), p('copy'), { recursive: true });
  },
  'cp without force leaves what is there': (fs, p) => fs.cp(p('f'), p('d/g'), { force: false }),
  'cp of what a filter lets through': (fs, p) =>
    fs.cp(p('d'), p('copy'), { recursive: true, filter: (from) => !from.endsWith('g') }),
  'what cp refuses': async (fs, p) => {
    return [
      await codeOf(fs.cp(p('d'), p('copy'))),
      await codeOf(fs.cp(p('f'), p('d/g'), { force: false, errorOnExist: true })),
      await codeOf(fs.cp(p('d'), p('f'), { recursive: true })),
      await codeOf(fs.cp(p('f'), p('d'), { recursive: true })),
      await codeOf(fs.cp(p('d'), p('d/x'), { recursive: true })),
      await codeOf(fs.cp(p('f'), p('f'))),
      await codeOf(fs.cp(p('d'), p('d'), { recursive: true })),
      await codeOf(fs.cp(p('none'), p('x'))),
    ];
  },
  'readlink of a file': (fs, p) => fs.readlink(p('f')),
  'open to read, in pieces': async (fs, p) => {
    await using handle = await fs.open(p('f'));
    const buffer = Buffer.alloc(4);
    const first = await handle.read(buffer, 1, 2);
    const second = await handle.read({ buffer: Buffer.alloc(10) });
    const placed = await handle.read(Buffer.alloc(3), { position: 1 });
    const end = await handle.read(Buffer.alloc(3), 0, 3, null);
    return [
      first.bytesRead,
      buffer.toString('latin1'),
      second.bytesRead,
      placed.buffer.toString(),
      end.bytesRead,
    ];
  },
  'open to read: the rest, and its size': async (fs, p) => {
    const handle = await fs.open(p('f'), 'r');
    await handle.read(Buffer.alloc(2));
    const result = [
      await handle.readFile('utf8'),
      (await handle.stat()).size,
      (await handle.readFile()).length,
    ];
    await handle.close();
    return result;
  },
  'open to read refuses to write': async (fs, p) => {
    await using handle = await fs.open(p('f'));
    return await handle.write('x').catch(({ code }: { code: string }) => code);
  },
  'open to write refuses to read': async (fs, p) => {
    await using handle = await fs.open(p('f'), 'w');
    return await handle.read(Buffer.alloc(1)).catch(({ code }: { code: string }) => code);
  },
  'a closed handle': async (fs, p) => {
    const handle = await fs.open(p('f'));
    await handle.close();
    return await handle.stat().catch(({ code }: { code: string }) => code);
  },
  'open to write, in pieces and places': async (fs, p) => {
    await using handle = await fs.open(p('new'), 'w');
    const { bytesWritten } = await handle.write(Buffer.from('0123456789'), 2, 5);
    await handle.write('AB', 1);
    await handle.write('Z');
    await handle.write(bytes('end'), { position: 9 });
    await handle.writev([Buffer.from('-'), Buffer.from('+')]);
    await handle.sync();
    return [bytesWritten, (await handle.stat()).size];
  },
  'open to read and write': async (fs, p) => {
    await using handle = await fs.open(p('f'), 'r+');
    await handle.write('HE', 0);
    const { buffer } = await handle.read(Buffer.alloc(5), 0, 5, 0);
    await handle.truncate(4);
    return String(buffer);
  },
  'open, and truncate to less than nothing': async (fs, p) => {
    const handle = await fs.open(p('f'), 'r+');
    await handle.truncate(-1);
    await handle.close();
  },
  'open, and sync while more is written': async (fs, p) => {
    const handle = await fs.open(p('f'), 'r+');
    await handle.write('one ', 0);
    const synced = handle.sync();
    await handle.write('two', 4);
    await Promise.all([synced, handle.sync(), handle.close()]);
  },
  'open, and read outside of the buffer': async (fs, p) => {
    await using handle = await fs.open(p('f'), 'r');
    const buffer = Buffer.alloc(4);
    const spans = [
      [-1, 2],
      [0, 5],
      [3, 2],
      [0, -1],
      [0.5, 1],
    ] as const;
    return await Promise.all(spans.map(([offset, length]) => said(handle.read(buffer, offset, length, 0))));
  },
  'open, and write from outside of the buffer': async (fs, p) => {
    await using handle = await fs.open(p('f'), 'r+');
    const buffer = Buffer.from('abcd');
    const spans = [
      [-2, 2],
      [0, 5],
      [5, 1],
      [3, 2],
      [0, -1],
      [0.5, 1],
    ] as const;
    return await Promise.all(spans.map(([offset, length]) => said(handle.write(buffer, offset, length, 0))));
  },
  'open to truncate and read': async (fs, p) => {
    await using handle = await fs.open(p('f'), 'w+');
    await handle.writeFile('abc');
    await handle.appendFile('def');
    const { buffer } = await handle.read(Buffer.alloc(6), 0, 6, 0);
    return String(buffer);
  },
  'open to append': async (fs, p) => {
    await using handle = await fs.open(p('f'), 'a+');
    await handle.write('X', 0);
    await handle.appendFile('Y');
    return String((await handle.read(Buffer.alloc(7), 0, 7, 0)).buffer);
  },
  'open and write nothing': async (fs, p) => {
    await (await fs.open(p('new'), 'w')).close();
    await (await fs.open(p('f'), 'w')).close();
    await (await fs.open(p('d/g'), 'r+')).close();
  },
  'open of nothing': (fs, p) => fs.open(p('none')),
  'open of nothing to change it': (fs, p) => fs.open(p('none'), 'r+'),
  'open only if there is none': (fs, p) => fs.open(p('f'), 'wx'),
  'open of a directory to write': (fs, p) => fs.open(p('d'), 'w'),
  'open where no directory is': (fs, p) => fs.open(p('none/x'), 'w'),
  'open with numbers': async (fs, p) => {
    const { O_CREAT, O_EXCL, O_RDWR } = fs.constants;
    await using handle = await fs.open(p('new'), O_CREAT | O_EXCL | O_RDWR);
    await handle.writeFile('x');
  },
  'readFile and writeFile by a handle': async (fs, p) => {
    await using handle = await fs.open(p('f'), 'r+');
    const text = await fs.readFile(handle, 'utf8');
    await fs.writeFile(handle, '!');
    return text;
  },
  'a read stream of a part': async (fs, p) => {
    const stream = fs.createReadStream(p('f'), { start: 1, end: 3, encoding: 'utf8', highWaterMark: 2 });
    return await stream.toArray();
  },
  'a read stream gives Buffers': async (fs, p) =>
    (await fs.createReadStream(p('f')).toArray()).map((chunk) => [Buffer.isBuffer(chunk), String(chunk)]),
  'a read stream of nothing': (fs, p) => fs.createReadStream(p('none')).toArray(),
  'a read stream whose start is behind its end': async (fs, p) => {
    fs.createReadStream(p('f'), { start: 3, end: 1 });
  },
  'a read stream from a place that is none': async (fs, p) => {
    fs.createReadStream(p('f'), { start: -1 });
  },
  'a read stream tells when it is open, ready and closed, and what it is of': async (fs, p) => {
    const stream = fs.createReadStream(p('f'));
    const seen: string[] = [];
    for (const event of ['open', 'ready', 'end', 'close'] as const) stream.on(event, () => seen.push(event));
    const before = [stream.pending, stream.bytesRead, stream.path === p('f')];
    await once(stream, 'ready');
    const ready = stream.pending;
    stream.resume();
    await once(stream, 'close');
    return [before, ready, stream.bytesRead, seen];
  },
  'a read stream that is closed early': async (fs, p) => {
    const stream = fs.createReadStream(p('f'));
    await new Promise((resolve) => stream.close(resolve));
    return stream.destroyed;
  },
  'a read stream that does not close by itself': async (fs, p) => {
    const stream = fs.createReadStream(p('f'), { autoClose: false });
    await stream.toArray().catch(() => undefined);
    const { destroyed } = stream;
    stream.destroy();
    return destroyed;
  },
  'a read stream that emits no close': async (fs, p) => {
    const stream = fs.createReadStream(p('f'), { emitClose: false });
    let closes = 0;
    stream.on('close', () => closes++);
    await stream.toArray();
    await new Promise((resolve) => setImmediate(resolve));
    return closes;
  },
  'a write stream tells when it is open, ready, finished and closed': async (fs, p) => {
    const stream = fs.createWriteStream(p('f'));
    const seen: string[] = [];
    for (const event of ['open', 'ready', 'finish', 'close'] as const)
      stream.on(event, () => seen.push(event));
    const { pending } = stream;
    await once(stream, 'ready');
    const ready = stream.pending;
    stream.write('abc');
    stream.end('de');
    await once(stream, 'close');
    return [pending, ready, stream.bytesWritten, stream.path === p('f'), seen];
  },
  'a write stream that is closed': async (fs, p) => {
    const stream = fs.createWriteStream(p('f'));
    stream.write('closed');
    await new Promise((resolve) => stream.close(resolve));
  },
  'a write stream that waits for a drain': async (fs, p) => {
    const stream = fs.createWriteStream(p('f'), { highWaterMark: 3 });
    const first = stream.write('abc');
    await once(stream, 'drain');
    stream.end();
    await once(stream, 'close');
    return first;
  },
  "a write stream in a directory's place": (fs, p) => pipeline(['x'], fs.createWriteStream(p('d'))),
  'a stream of a handle: a part': async (fs, p) => {
    const handle = await fs.open(p('f'));
    const stream = handle.createReadStream({ start: 1, end: 3, encoding: 'utf8', highWaterMark: 2 });
    const chunks = await stream.toArray();
    return [chunks, stream.bytesRead, stream.path, await codeOf(handle.stat())];
  },
  'a stream of a handle: from where it is': async (fs, p) => {
    const handle = await fs.open(p('f'));
    await handle.read(Buffer.alloc(1));
    return await handle.createReadStream({ end: 2, encoding: 'utf8' }).toArray();
  },
  'a stream of a handle: what the handle wrote': async (fs, p) => {
    const handle = await fs.open(p('f'), 'r+');
    await handle.write('HE', 0);
    return await handle.createReadStream({ start: 0, encoding: 'utf8' }).toArray();
  },
  'a stream of a handle that only writes': async (fs, p) => {
    const handle = await fs.open(p('f'), 'w');
    return await codeOf(handle.createReadStream().toArray());
  },
  'a stream of a handle that is closed': async (fs, p) => {
    const handle = await fs.open(p('f'));
    await handle.close();
    handle.createReadStream();
  },
  'a stream of a handle that leaves it open': async (fs, p) => {
    await using handle = await fs.open(p('f'));
    const stream = handle.createReadStream({ autoClose: false, encoding: 'utf8' });
    const chunks: unknown[] = [];
    stream.on('data', (chunk) => chunks.push(chunk));
    await once(stream, 'end');
    return [chunks, (await handle.stat()).size];
  },
  'a stream into a handle': async (fs, p) => {
    const handle = await fs.open(p('f'), 'r+');
    await pipeline(['X', 'Y'], handle.createWriteStream({ start: 2 }));
    return await codeOf(handle.stat());
  },
  'a stream into a handle, in an encoding': async (fs, p) => {
    const handle = await fs.open(p('new'), 'w');
    const stream = handle.createWriteStream({ encoding: 'hex' });
    stream.end('6869');
    await once(stream, 'close');
    return stream.bytesWritten;
  },
  'the lines of a handle': async (fs, p) => {
    await fs.writeFile(p('lines'), 'one\r\ntwo\nthree');
    const handle = await fs.open(p('lines'));
    return await Array.fromAsync(handle.readLines());
  },
  'the web stream of a handle': async (fs, p) => {
    await using handle = await fs.open(p('f'));
    await handle.read(Buffer.alloc(1));
    return String(Buffer.concat(await Array.fromAsync(handle.readableWebStream())));
  },
  'readv fills one buffer after another': async (fs, p) => {
    await using handle = await fs.open(p('f'));
    const buffers = [Buffer.alloc(2, 46), Buffer.alloc(2, 46), Buffer.alloc(4, 46)];
    const first = await handle.readv(buffers);
    const placed = await handle.readv([Buffer.alloc(2)], 3);
    return [first.bytesRead, buffers.map(String), placed.bytesRead, placed.buffers.map(String)];
  },
  'a handle tells when it is closed': async (fs, p) => {
    const handle = await fs.open(p('f'));
    const closed = once(handle, 'close');
    await handle.close();
    return (await closed).length;
  },
  'writeFile by a handle, aborted': async (fs, p) => {
    await using handle = await fs.open(p('f'), 'r+');
    const signal = AbortSignal.abort(new Error('enough'));
    return await handle.writeFile('x', { signal }).then(
      () => 'written',
      () => 'aborted',
    );
  },
  'stat of nothing, which is no error': (fs, p) => fs.stat(p('none'), { throwIfNoEntry: false }),
  'lstat of nothing, which is one all the same': (fs, p) =>
    fs.lstat(p('none'), { throwIfNoEntry: false } as never),
  'access of a file that may not be run': (fs, p) => fs.access(p('f'), fs.constants.X_OK),
  'access of a file that may be read and written': (fs, p) =>
    fs.access(p('f'), fs.constants.R_OK | fs.constants.W_OK),
  'realpath in a Buffer': async (fs, p) => Buffer.isBuffer(await fs.realpath(p('f'), 'buffer')),
  'readdir in an encoding': async (fs, p) => (await fs.readdir(p('d'), 'hex')).sort(),
  'mkdtemp in a Buffer': async (fs, p) => {
    const path = await fs.mkdtemp(p('tmp-'), { encoding: 'buffer' });
    await fs.rmdir(path);
    return Buffer.isBuffer(path);
  },
  'mkdtempDisposable removes what is in it': async (fs, p) => {
    await using temporary = await fs.mkdtempDisposable(p('tmp-'));
    await fs.writeFile(join(temporary.path, 'x'), 'x');
    await temporary.remove();
    await temporary.remove();
    return /tmp-.{6}$/.test(temporary.path);
  },
  'mkdir recursively, many at the same time': async (fs, p) => {
    const made = await Promise.all(
      Array.from({ length: 8 }, () => fs.mkdir(p('d/m/n'), { recursive: true })),
    );
    return made.filter((path) => path === p('d/m')).length;
  },
  lchmod: (fs, p) => codeOf(fs.lchmod(p('f'), 0o644)),
  'copyFile that may share blocks': (fs, p) => fs.copyFile(p('f'), p('copy'), fs.constants.COPYFILE_FICLONE),
  'cp only if there is none': (fs, p) =>
    codeOf(fs.cp(p('f'), p('d/g'), { mode: fs.constants.COPYFILE_EXCL, errorOnExist: true, force: false })),
  'rm of a directory, with retries': (fs, p) =>
    fs.rm(p('d'), { recursive: true, maxRetries: 2, retryDelay: 1 }),
  'a write stream': (fs, p) => pipeline([Buffer.from('a'), 'b'], fs.createWriteStream(p('d/stream'))),
  'a write stream that adds': (fs, p) => pipeline(['more'], fs.createWriteStream(p('f'), { flags: 'a' })),
  'a write stream only if there is none': (fs, p) =>
    pipeline(['x'], fs.createWriteStream(p('f'), { flags: 'wx' })),
  'a write stream where no directory is': (fs, p) => pipeline(['x'], fs.createWriteStream(p('none/x'))),
  'a write stream in an encoding': async (fs, p) => {
    const stream = fs.createWriteStream(p('f'), 'hex');
    stream.write('6869');
    await new Promise<void>((resolve) => stream.end(resolve));
  },
  'a stream is pending until it is open, and after it is closed': async (fs, p) => {
    const [reading, writing] = [fs.createReadStream(p('f')), fs.createWriteStream(p('d/stream'))];
    const seen = [reading.pending, writing.pending];
    await Promise.all([once(reading, 'ready'), once(writing, 'ready')]);
    seen.push(reading.pending, writing.pending);
    await Promise.all([pipeline(reading, writing), once(reading, 'close'), once(writing, 'close')]);
    return [...seen, reading.pending, writing.pending];
  },
  'the functions taken off their object': async ({ readFile, promises: { stat } }, p) => [
    await readFile(p('f'), 'utf8'),
    (await stat(p('f'))).size,
  ],
};

/** What is wrong before anything is touched: both say so in the same words. */
const REFUSED: Readonly<Record<string, Program>> = {
  'a path that is a number': (fs) => fs.readFile(5 as never),
  'a path that is an object': (fs) => fs.stat({} as never),
  'a path that is a class': (fs) => fs.unlink(Date as never),
  'no path': (fs) => fs.readdir(undefined as never),
  'a path with a NUL': (fs) => fs.writeFile('a\0b', 'x'),
  'a path with a NUL in a Buffer': (fs) => fs.open(Buffer.from('a\0b')),
  'a stream of a path that is none': async (fs) => fs.createReadStream(5 as never),
  'a stream to a path with a NUL': async (fs) => fs.createWriteStream('a\0b'),
  'the old path of a rename': (fs, p) => fs.rename(null as never, p('f')),
  'the new path of a rename': (fs, p) => fs.rename(p('f'), true as never),
  'the source of a copy': (fs, p) => fs.copyFile(5n as never, p('f')),
  'the target of a copy': (fs, p) => fs.copyFile(p('f'), Symbol('x') as never),
  'a number for data': (fs, p) => fs.writeFile(p('f'), 5 as never),
  'an object for data': (fs, p) => fs.writeFile(p('f'), { a: 1 } as never),
  'no data': (fs, p) => fs.appendFile(p('f'), undefined as never),
  'an ArrayBuffer for data': (fs, p) => fs.writeFile(p('f'), new ArrayBuffer(1) as never),
  'data for a handle': async (fs, p) => {
    await using handle = await fs.open(p('f'), 'r+');
    await handle.writeFile(5 as never);
  },
  'an encoding to read': (fs, p) => fs.readFile(p('f'), 'nope' as never),
  'an encoding to write': (fs, p) => fs.writeFile(p('f'), 'x', { encoding: 'nope' as never }),
  'an encoding to list': (fs, p) => fs.readdir(p('d'), { encoding: 'nope' as never }),
  'an encoding of a stream': async (fs, p) => fs.createReadStream(p('f'), 'nope' as never),
  'an encoding of a stream that writes': async (fs, p) =>
    fs.createWriteStream(p('f'), { encoding: 'nope' as never }),
  'a mode of access': (fs, p) => fs.access(p('f'), 9),
  'a mode of access that is text': (fs, p) => fs.access(p('f'), 'r' as never),
  'a mode of a copy': (fs, p) => fs.copyFile(p('f'), p('copy'), 9),
  'a flush that is a number': (fs, p) => fs.writeFile(p('f'), 'x', { flush: 1 as never }),
  'a flush of a stream': async (fs, p) => fs.createWriteStream(p('f'), { flush: 'yes' as never }),
  'a read that is aborted': (fs, p) => fs.readFile(p('f'), { signal: AbortSignal.abort() }),
  'a write that is aborted': (fs, p) => fs.writeFile(p('f'), 'x', { signal: AbortSignal.abort() }),
  'a watch that is aborted': async (fs, p) => {
    for await (const _ of fs.watch(p('d'), { signal: AbortSignal.abort() })) break;
  },
  'a second stream of the web': async (fs, p) => {
    await using handle = await fs.open(p('f'));
    handle.readableWebStream();
    handle.readableWebStream();
  },
};

const cleanups: (() => Promise<unknown>)[] = [];
afterAll(() => Promise.all(cleanups.map((cleanup) => cleanup())));

async function temporary(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'f9-compat-'));
  cleanups.push(() => rm(path, { recursive: true, force: true }));
  return path;
}

async function furnish(fs: Fs, p: (path: string) => string): Promise<void> {
  await fs.writeFile(p('f'), 'hello');
  for (const directory of ['d', 'd/e', 'd/s', 'd/s/t']) await fs.mkdir(p(directory));
  await fs.writeFile(p('d/g'), 'g');
}

/** What a program gives or throws, and what it leaves behind. */
async function outcome(program: Program, fs: Fs, root: string): Promise<unknown> {
  const p = (path: string): string => join(root, path);
  const plain = (text: string | undefined): string | undefined =>
    text?.replaceAll(root, '').replaceAll('\\', '/');
  await fs.mkdir(root, { recursive: true });
  await furnish(fs, p);
  const result = await program(fs, p).then(
    (value) => ({ value }),
    ({ code, errno, syscall, message, path, dest }: NodeJS.ErrnoException & { dest?: string }) =>
      syscall === undefined
        ? { code }
        : { code, errno, syscall, message: plain(message), path: plain(path), dest: plain(dest) },
  );
  const left: Record<string, string | null> = {};
  for (const entry of await fs.readdir(p('.'), { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    left[plain(path)!] = entry.isFile() ? await fs.readFile(path, 'hex') : null;
  }
  return { result, left };
}

const places: Readonly<Record<string, () => Promise<FileBackend>>> = {
  memory: async () => new MemoryFileBackend(),
  'a folder': async () => new LocalFileBackend({ root: await temporary() }),
};

const real = { ...nodeFs, ...nodePromises, promises: nodePromises, createReadStream, createWriteStream };

test.each(Object.entries(REFUSED))('%s is refused in the words of Node', async (_, program) => {
  const refusal = async (fs: Fs, root: string): Promise<unknown> => {
    await furnish(fs, (path) => join(root, path));
    const error: unknown = await program(fs, (path) => join(root, path)).catch((thrown: unknown) => thrown);
    const { name, code, message } = error as NodeJS.ErrnoException;
    return { name, code, message };
  };
  const expected = await refusal(real as never, await temporary());
  expect(expected).toMatchObject({ code: expect.stringMatching(/^(ERR_|ABORT_ERR)/) });
  expect(await refusal(createFs(new MemoryFileBackend()), '/')).toEqual(expected);
});

describe.each(Object.entries(places))('on %s', (_, open) => {
  test.each(Object.entries(EXACT))('%s, as Node does', async (_name, program) => {
    const expected = await outcome(program, real as never, join(await temporary(), '/'));
    await using backend = await open();
    expect(await outcome(program, createFs(backend), '/a/vault/')).toEqual(expected);
  });
});
