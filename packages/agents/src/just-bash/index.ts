import { randomUUID } from 'node:crypto';
import { posix } from 'node:path';
import { type FileBackend, isFileBackendError } from '@f9/core';
import {
  Bash,
  type BashOptions,
  type BufferEncoding,
  DefenseInDepthBox,
  type FileContent,
  type FsStat,
  type IFileSystem,
  InMemoryFs,
  MountableFs,
} from 'just-bash';
import { type GuardOptions, guardsOf, guardVault, withoutGuards } from '../guard-vault.ts';
import { failed, posixError } from './posix-error.ts';

/** The vault's place in a shell; everything elsewhere, such as `/tmp`, is in the shell's own memory. */
const PLACE = '/vault';

/** A shell over a vault, which it has at `/vault`: `await vaultShell(vault).exec('grep -r TODO . | sort')`. */
export function vaultShell(
  vault: FileBackend,
  options: GuardOptions & Omit<BashOptions, 'fs' | 'files'> = {},
): Bash {
  const mounts = [{ mountPoint: PLACE, filesystem: vaultFileSystem(vault, guardsOf(options)) }];
  return new Bash({
    cwd: PLACE,
    ...withoutGuards(options),
    fs: new MountableFs({ base: new InMemoryFs(), mounts }),
  });
}

/** A vault as a filesystem of just-bash, to be mounted below some directory of a shell's own. A vault has no links, modes or times to set. */
export function vaultFileSystem(given: FileBackend, options: GuardOptions = {}): IFileSystem {
  const vault = guardVault(given, options);
  const id = randomUUID();
  // A vault may use timers, imports and the like, which a shell must not.
  const trusted = <T>(call: string, path: string, work: (inside: string) => Promise<T>): Promise<T> =>
    DefenseInDepthBox.runTrustedAsync(() =>
      work(path.replace(/^\/+|\/+$/g, '')).catch((error: unknown) => {
        throw posixError(error, call, path);
      }),
    );
  const stat = (path: string): Promise<FsStat> =>
    trusted('stat', path, async (at) => ({
      ...statOf(at === '' ? { isDir: true } : await vault.info(at)),
      // The identity by which commands tell files apart; a vault shows no links that share one.
      identity: `${id}/${at}`,
    }));
  const entries = (path: string) =>
    trusted('scandir', path, (at) =>
      Array.fromAsync(vault.list(at), (entry) => ({ name: posix.basename(entry.path), ...kindOf(entry) })),
    );
  const refuse = async (call: string, path: string): Promise<never> => {
    throw failed('ENOTSUP', 'operation not supported by a vault', call, path);
  };
  return {
    readFile: (path, encoding) =>
      trusted('open', path, async (at) => Buffer.from(await vault.read(at)).toString(encodingOf(encoding))),
    readFileBuffer: (path) => trusted('open', path, (at) => vault.read(at)),
    writeFile: (path, content, encoding) =>
      trusted('open', path, async (at) => {
        await vault.create(at, { data: bytesOf(content, encoding), overwrite: true });
      }),
    appendFile: (path, content, encoding) =>
      trusted('open', path, async (at) => {
        await vault.update(at, { data: bytesOf(content, encoding), append: true, create: true });
      }),
    exists: (path) => trusted('access', path, async (at) => at === '' || (await vault.exists(at))),
    stat,
    lstat: stat,
    mkdir: (path, { recursive = false } = {}) =>
      trusted('mkdir', path, async (at) => {
        const parent = posix.dirname(at);
        if (!recursive && parent !== '.') await vault.info(parent);
        try {
          await vault.create(at, { isDirectory: true });
        } catch (error) {
          const isThere =
            recursive && isFileBackendError(error, 'ALREADY_EXISTS') && (await vault.info(at)).isDir;
          if (!isThere) throw error;
        }
      }),
    readdir: async (path) => (await entries(path)).map(({ name }) => name),
    readdirWithFileTypes: entries,
    rm: (path, { recursive = false, force = false } = {}) =>
      trusted('rm', path, (at) =>
        vault.delete(at, { recursive }).catch((error: unknown) => {
          if (!force || !isFileBackendError(error, 'NOT_FOUND')) throw error;
        }),
      ),
    cp: (from, to, { recursive = false } = {}) =>
      trusted('cp', from, async (at) => {
        if (!recursive && (await vault.info(at)).isDir) throw failed('EISDIR', 'is a directory', 'cp', from);
        await vault.copy(at, to.replace(/^\/+/, ''), { overwrite: true });
      }),
    mv: (from, to) =>
      trusted('rename', from, async (at) => {
        await vault.move(at, to.replace(/^\/+/, ''), { overwrite: true });
      }),
    resolvePath: (base, path) => posix.resolve('/', base, path),
    getAllPaths: () => [],
    realpath: async (path) => {
      await stat(path);
      return posix.resolve('/', path);
    },
    utimes: async (path) => {
      await stat(path);
    },
    chmod: (path) => refuse('chmod', path),
    symlink: (_, path) => refuse('symlink', path),
    link: (_, path) => refuse('link', path),
    readlink: (path) => refuse('readlink', path),
  };
}

function statOf(info: {
  readonly isDir: boolean;
  readonly size?: number | undefined;
  readonly modifiedAt?: Date | undefined;
  readonly permissions?: number | undefined;
}): FsStat {
  const { isDir, size = 0, modifiedAt = new Date(0), permissions = isDir ? 0o755 : 0o644 } = info;
  return { ...kindOf(info), mode: permissions, size, mtime: modifiedAt };
}

function kindOf({ isDir }: { readonly isDir: boolean }) {
  return { isFile: !isDir, isDirectory: isDir, isSymbolicLink: false };
}

type Encoding = BufferEncoding | { readonly encoding?: BufferEncoding | null } | undefined;

function encodingOf(given: Encoding): BufferEncoding {
  return (typeof given === 'object' ? given.encoding : given) ?? 'utf8';
}

function bytesOf(content: FileContent, encoding: Encoding): Uint8Array {
  return typeof content === 'string' ? Buffer.from(content, encodingOf(encoding)) : content;
}
