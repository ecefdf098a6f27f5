import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileBackend, isFileBackendError, type ListedInfo } from '@f9/core';
import {
  type BackendPath,
  backendError,
  baseName,
  isDirectory,
  notDirectory,
  notFound,
  parentPath,
  ROOT,
} from '@f9/core/driver';
import { errnoException, hasCode, nodeError } from '../errors/node-error.ts';
import {
  abortable,
  callOf,
  checkFlush,
  checkInteger,
  checkMode,
  objectOf,
  permissionsFor,
  refuse,
} from './arguments.ts';
import { encodingOf, fromBytes, type NodeContent, toContent } from './content.ts';
import { makeDirectories, makeDirectory } from './directories.ts';
import { VaultFileHandle } from './file-handle.ts';
import { lookup, lookupLink, mayAccess } from './lookup.ts';
import { parseFlags } from './open-flags.ts';
import type {
  BufferOptions,
  EncodingOptions,
  MkdirOptions,
  ReaddirOptions,
  ReadFileOptions,
  Shorthand,
  StatOptions,
  TemporaryDirectory,
  WatchOptions,
  WithEncoding,
  WithoutEncoding,
  WriteFileOptions,
} from './options.ts';
import { type CpOptions, copyAll, copyFile, type RmOptions, remove, rename } from './transfers.ts';
import { atPath, atPaths, joined, type PathLike, pathText, rooted } from './vault-path.ts';
import { VaultDirent, VaultStats } from './vault-stats.ts';
import { type WatchEvent, watch } from './watch.ts';
import { writeWhole } from './write-file.ts';

/** `node:fs/promises` over a backend. Its methods are bound, so that they can be used without the object. */
export class VaultPromises {
  readonly constants: typeof constants = constants;
  readonly #backend: FileBackend;

  constructor(backend: FileBackend) {
    this.#backend = backend;
    for (const name of Object.getOwnPropertyNames(VaultPromises.prototype)) {
      const method: unknown = Reflect.get(this, name);
      if (name === 'constructor' || typeof method !== 'function') continue;
      Object.defineProperty(this, name, { value: method.bind(this), enumerable: true });
    }
  }

  /** Checks that something is there, and that its permissions, as far as the backend knows them, allow what is asked. */
  async access(path: PathLike, mode: number = constants.F_OK): Promise<void> {
    pathText(path);
    checkMode(mode);
    await atPath('access', path, async (target) => {
      const info = await this.#backend.info(rooted(target));
      if (!mayAccess(info, mode)) {
        throw backendError('PERMISSION_DENIED', 'The permissions do not allow it', { path: target });
      }
    });
  }

  async readFile(path: PathLike | VaultFileHandle, options?: WithoutEncoding): Promise<Buffer>;
  async readFile(path: PathLike | VaultFileHandle, options: WithEncoding): Promise<string>;
  async readFile(
    path: PathLike | VaultFileHandle,
    options?: Shorthand<ReadFileOptions>,
  ): Promise<Buffer | string>;
  async readFile(
    path: PathLike | VaultFileHandle,
    options?: Shorthand<ReadFileOptions>,
  ): Promise<Buffer | string> {
    if (path instanceof VaultFileHandle) return await path.readFile(options);
    const given = objectOf<ReadFileOptions>(options);
    const flag = given.flag || 'r';
    if (flag !== 'r') {
      const handle = await this.open(path, flag);
      const content = await handle.readFile(options);
      await handle.close();
      return content;
    }
    return await atPath('open', path, async (target) => {
      refuse(given, 'buffer');
      try {
        const bytes = await abortable(given, () => this.#backend.read(rooted(target), callOf(given)));
        return fromBytes(bytes, encodingOf(given));
      } catch (error) {
        // A disk opens a directory without an error, and fails only when it is read.
        throw isFileBackendError(error, 'IS_DIRECTORY') ? errnoException('EISDIR', 'read') : error;
      }
    });
  }

  async writeFile(
    path: PathLike | VaultFileHandle,
    data: NodeContent,
    options?: Shorthand<WriteFileOptions>,
  ): Promise<void> {
    if (path instanceof VaultFileHandle) return await path.writeFile(data, options);
    const given = objectOf<WriteFileOptions>(options);
    checkFlush(given);
    const content = toContent(data, encodingOf(given));
    const flags = parseFlags(given.flag || 'w');
    if (!flags.append && !flags.truncate) {
      // Bytes behind the new ones stay. A handle that is never closed replaces nothing.
      const handle = await this.open(path, given.flag, given.mode);
      await handle.writeFile(data, { encoding: encodingOf(given), signal: given.signal });
      return await handle.close();
    }
    await atPath('open', path, (target) =>
      abortable(given, () =>
        writeWhole(this.#backend, target, content, flags, {
          ...callOf(given),
          ...permissionsFor(given.mode),
        }),
      ),
    );
  }

  async appendFile(
    path: PathLike | VaultFileHandle,
    data: NodeContent,
    options?: Shorthand<WriteFileOptions>,
  ): Promise<void> {
    const given = objectOf<WriteFileOptions>(options);
    await this.writeFile(path, data, { ...given, flag: given.flag || 'a' });
  }

  async truncate(path: PathLike, length: number = 0): Promise<void> {
    checkInteger('len', length);
    const handle = await this.open(path, 'r+');
    await handle.truncate(length);
    await handle.close();
  }

  async open(path: PathLike, flags: string | number = 'r', mode?: number | string): Promise<VaultFileHandle> {
    return await atPath('open', path, (target, text) =>
      VaultFileHandle.open(this.#backend, target, text, parseFlags(flags), mode),
    );
  }

  async stat(path: PathLike, options?: StatOptions & { readonly throwIfNoEntry?: true }): Promise<VaultStats>;
  async stat(path: PathLike, options: StatOptions): Promise<VaultStats | undefined>;
  async stat(path: PathLike, options: StatOptions = {}): Promise<VaultStats | undefined> {
    return await atPath('stat', path, async (target) => {
      refuse(options, 'bigint');
      const found = await lookup(this.#backend, target);
      if (found === undefined && options.throwIfNoEntry === false) return undefined;
      if (found === undefined) throw notFound(target);
      return new VaultStats(found);
    });
  }

  /** Lists the directory around the path where the backend has symlinks: only a listing tells a link from its target. */
  async lstat(path: PathLike, options: Pick<StatOptions, 'bigint'> = {}): Promise<VaultStats> {
    return await atPath('lstat', path, async (target) => {
      refuse(options, 'bigint');
      return new VaultStats(await lookupLink(this.#backend, target));
    });
  }

  /** The path made absolute, with its symlinks kept. */
  async realpath(path: PathLike, options?: Shorthand<EncodingOptions>): Promise<string>;
  async realpath(path: PathLike, options: BufferOptions): Promise<Buffer>;
  async realpath(
    path: PathLike,
    options?: Shorthand<EncodingOptions> | BufferOptions,
  ): Promise<string | Buffer> {
    return await atPath('realpath', path, async (target) => {
      await this.#backend.info(rooted(target));
      return encoded(rooted(target), objectOf(options));
    });
  }

  async readdir(
    path: PathLike,
    options?: Shorthand<ReaddirOptions & { withFileTypes?: false }>,
  ): Promise<string[]>;
  async readdir(path: PathLike, options: ReaddirOptions & { withFileTypes: true }): Promise<VaultDirent[]>;
  async readdir(
    path: PathLike,
    options?: Shorthand<ReaddirOptions> | 'buffer',
  ): Promise<string[] | Buffer[] | VaultDirent[]>;
  async readdir(
    path: PathLike,
    options?: Shorthand<ReaddirOptions> | 'buffer',
  ): Promise<string[] | Buffer[] | VaultDirent[]> {
    const given = objectOf<ReaddirOptions>(options);
    const { recursive = false, withFileTypes = false } = given;
    return await atPath('scandir', path, async (target, text) => {
      const entries = await Array.fromAsync(this.#backend.list(rooted(target), { recursive }));
      if (withFileTypes) {
        // Typed entries have their names as text.
        refuseEncoding(given);
        return entries.map((entry) => direntOf(entry, target, text));
      }
      return entries.map((entry) => encoded(below(target, entry.path), given)) as string[] | Buffer[];
    });
  }

  /** With `recursive`, gives the first directory that it made. */
  async mkdir(path: PathLike, options?: MkdirOptions | number | string | null): Promise<string | undefined> {
    const recursive = typeof options === 'object' && options?.recursive === true;
    return await atPath('mkdir', path, (target) =>
      recursive ? makeDirectories(this.#backend, target) : makeDirectory(this.#backend, target),
    );
  }

  async mkdtemp(prefix: PathLike, options?: Shorthand<EncodingOptions>): Promise<string>;
  async mkdtemp(prefix: PathLike, options: BufferOptions): Promise<Buffer>;
  async mkdtemp(
    prefix: PathLike,
    options?: Shorthand<EncodingOptions> | BufferOptions,
  ): Promise<string | Buffer> {
    while (true) {
      const path = `${pathText(prefix, 'prefix')}${randomBytes(3).toString('hex')}`;
      try {
        await this.mkdir(path);
        return encoded(path, objectOf(options));
      } catch (error) {
        if (!hasCode(error, 'EEXIST')) throw error;
      }
    }
  }

  /** Like `mkdtemp`; the result removes the directory with all that is in it, once for all callers. */
  async mkdtempDisposable(
    prefix: PathLike,
    options?: Shorthand<EncodingOptions>,
  ): Promise<TemporaryDirectory> {
    // Node gives the directory's name in the encoding, and then cannot find it to remove it.
    await atPath('mkdtemp', prefix, async () => refuseEncoding(objectOf(options)), 'prefix');
    const path = await this.mkdtemp(prefix);
    const remove = (): Promise<void> => this.rm(path, { recursive: true, force: true });
    return { path, remove, [Symbol.asyncDispose]: remove };
  }

  async rmdir(path: PathLike, options: { readonly recursive?: boolean } = {}): Promise<void> {
    await atPath('rmdir', path, async (target) => {
      refuse(options, 'recursive');
      const found = await lookupLink(this.#backend, target);
      if (!found.isDir) throw notDirectory(target);
      await this.#backend.delete(rooted(target));
    });
  }

  async unlink(path: PathLike): Promise<void> {
    await atPath('unlink', path, async (target) => {
      const found = await lookupLink(this.#backend, target);
      if (found.isDir) throw isDirectory(target, 'be unlinked');
      await this.#backend.delete(rooted(target));
    });
  }

  async rm(path: PathLike, options: RmOptions = {}): Promise<void> {
    await atPath('rm', path, (target, text) => remove(this.#backend, { path: target, text }, options));
  }

  async rename(from: PathLike, to: PathLike): Promise<void> {
    await atPaths('rename', from, to, (source, target) => rename(this.#backend, source, target));
  }

  async copyFile(from: PathLike, to: PathLike, mode: number = 0): Promise<void> {
    pathText(from, 'src');
    pathText(to, 'dest');
    checkMode(mode);
    await atPaths('copyfile', from, to, (source, target) => copyFile(this.#backend, source, target, mode));
  }

  async cp(from: PathLike, to: PathLike, options: CpOptions = {}): Promise<void> {
    await atPaths('cp', from, to, (source, target) =>
      copyAll(
        this.#backend,
        { path: source, text: pathText(from) },
        { path: target, text: pathText(to) },
        options,
      ),
    );
  }

  // Functions without a matching operation in the interface of a backend.

  async readlink(path: PathLike): Promise<never> {
    return await atPath('readlink', path, async (target, text) => {
      const { fileType } = await lookupLink(this.#backend, target);
      throw errnoException(fileType === 'symlink' ? 'ENOTSUP' : 'EINVAL', 'readlink', text);
    });
  }

  async symlink(target: PathLike, path: PathLike, _type?: string | null): Promise<never> {
    throw errnoException('ENOTSUP', 'symlink', pathText(target), pathText(path));
  }

  async link(from: PathLike, to: PathLike): Promise<never> {
    throw errnoException('ENOTSUP', 'link', pathText(from), pathText(to));
  }

  async chmod(path: PathLike, _mode: number | string): Promise<never> {
    throw errnoException('ENOTSUP', 'chmod', pathText(path));
  }

  /** Fails, as in Node on every system but macOS. */
  async lchmod(_path: PathLike, _mode: number | string): Promise<never> {
    throw nodeError('ERR_METHOD_NOT_IMPLEMENTED', 'The lchmod() method is not implemented');
  }

  async chown(path: PathLike, _uid: number, _gid: number): Promise<never> {
    throw errnoException('ENOTSUP', 'chown', pathText(path));
  }

  async lchown(path: PathLike, _uid: number, _gid: number): Promise<never> {
    throw errnoException('ENOTSUP', 'lchown', pathText(path));
  }

  async utimes(path: PathLike, _atime: unknown, _mtime: unknown): Promise<never> {
    throw errnoException('ENOTSUP', 'utime', pathText(path));
  }

  async lutimes(path: PathLike, _atime: unknown, _mtime: unknown): Promise<never> {
    throw errnoException('ENOTSUP', 'lutime', pathText(path));
  }

  /** Tells of writes and removals at a path and in it; with `recursive` at any depth. The README says what is not exact. */
  watch(path: PathLike, options?: Shorthand<WatchOptions>): AsyncIterable<WatchEvent<string>>;
  watch(path: PathLike, options: BufferOptions & WatchOptions): AsyncIterable<WatchEvent<Buffer>>;
  watch(path: PathLike, options?: Shorthand<WatchOptions>): AsyncIterable<WatchEvent<string | Buffer>> {
    const given = objectOf<WatchOptions>(options);
    return watch(this.#backend, path, given, (name) => encoded(name, given));
  }
}

/** @throws `UNSUPPORTED` for an encoding that is no text */
function refuseEncoding({ encoding }: EncodingOptions | ReaddirOptions): void {
  if (encoding !== 'utf8' && encoding !== 'utf-8') refuse({ encoding }, 'encoding');
}

/** A name or path in the encoding that is asked for. */
function encoded(
  text: string,
  { encoding }: { readonly encoding?: BufferEncoding | 'buffer' | null | undefined },
): string | Buffer {
  if (encoding === 'buffer') return Buffer.from(text);
  return encoding ? Buffer.from(text).toString(encoding) : text;
}

function below(directory: BackendPath, path: string): string {
  return directory === ROOT ? path : path.slice(directory.length + 1);
}

function direntOf(entry: ListedInfo, directory: BackendPath, text: string): VaultDirent {
  const parent = below(directory, parentPath(entry.path as BackendPath));
  return new VaultDirent(baseName(entry.path), parent === '' ? text : joined(text, parent), entry.fileType);
}
