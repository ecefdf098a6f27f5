import type { FileInfo } from '@f9/core';
import { backendError, isWithin } from '@f9/core/driver';
import type { Context } from '../context.ts';
import { reportOffline } from '../freshness/offline.ts';
import { AS_IT_IS, type PullOptions, withPulled } from '../freshness/pulled.ts';
import { UsageError } from '../terminal/errors.ts';
import { EXIT, exitCodeOfAll } from '../terminal/exit-codes.ts';
import { formatBytes, formatCount } from '../terminal/text.ts';
import { asOneChange } from '../vaults/one-change.ts';
import type { Place } from '../vaults/vaults.ts';
import { type TransferProgress, type TransferSide, targetOf, transferAcross } from './transfer-across.ts';

export interface CopyOrMoveOptions extends PullOptions {
  readonly move: boolean;
  readonly force: boolean;
  readonly recursive: boolean;
}

/** The body of `cp` and `mv`: the last location is the target of the others. */
export async function copyOrMove(
  context: Context,
  locations: readonly string[],
  options: CopyOrMoveOptions,
): Promise<number> {
  const sources = locations.slice(0, -1);
  const destination = locations.at(-1);
  if (destination === undefined || sources.length === 0)
    throw new UsageError('two locations are needed; see --help');
  const { signal } = context;
  const intoDirectory = sources.length > 1 || /[/\\]$/.test(destination);
  return await context.at(destination, 'entry', (target) =>
    // Everything is one change of the target, published once.
    asOneChange(target.backend, signal, async () => {
      const codes: number[] = [];
      for (const location of sources) {
        const code = await context.attempt([location, destination], async () => {
          const source = await context.vaults.open(location);
          const path = await targetOf(source, target, intoDirectory, { signal });
          assertApart(source.addressOf(source.path), target.addressOf(path));
          const work = (): Promise<FileInfo> => transfer(context, source, { ...target, path }, options);
          // A tree that leaves its vault is a version of it; a file, or a change within the vault, is what the user sees there.
          const leaves = options.recursive && !options.move && source.backend !== target.backend;
          const { result: info, freshness } = leaves
            ? await withPulled(context, source, options, work)
            : { result: await work(), freshness: AS_IT_IS };
          const { version, offline, askedAt } = freshness;
          const [from, to] = [source.nameOf(source.path), target.nameOf(path)];
          const told = version === undefined ? {} : { version, offline: offline !== undefined, askedAt };
          await context.output.item({ from, location: to, ...info.toJSON(), ...told });
          if (version !== undefined) context.note(`${source.nameOf('/')} at ${version.slice(0, 10)}`);
          return reportOffline(context, source, freshness, 'copied', options) ? EXIT.tryAgain : EXIT.ok;
        });
        codes.push(code);
      }
      return exitCodeOfAll(codes);
    }),
  );
}

/** @throws `INVALID_ARGUMENT` */
function assertApart(source: string, target: string): void {
  if (!isWithin(target, source)) return;
  const why = target === source ? 'they are the same' : 'the target lies in the source';
  throw backendError('INVALID_ARGUMENT', `Nothing can go into itself: ${why}`);
}

async function transfer(
  { signal, progress }: Context,
  source: Place,
  target: TransferSide,
  { move, force, recursive }: CopyOrMoveOptions,
): Promise<FileInfo> {
  const { backend, path } = source;
  if (!move && !recursive && (await backend.info(path, { signal })).isDir) {
    throw backendError('IS_DIRECTORY', `${JSON.stringify(path)} is a directory; copy it with --recursive`);
  }
  // The root itself cannot be copied or moved, only the files in it.
  if (backend === target.backend && path !== '/') {
    const options = { overwrite: force, signal };
    return move
      ? await backend.move(path, target.path, options)
      : await backend.copy(path, target.path, options);
  }
  const across = (): Promise<FileInfo> =>
    transferAcross(source, target, {
      overwrite: force,
      move,
      signal,
      onProgress: (now) => progress.show(() => progressText(now, source)),
    });
  return move ? await asOneChange(backend, signal, across) : await across();
}

function progressText({ done, total, bytes, path }: TransferProgress, source: Place): string {
  return `${formatCount(done)}/${formatCount(total)} files  ${formatBytes(bytes)}  ${source.nameOf(path)}`;
}
