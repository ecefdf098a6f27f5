import { backendError, type FileInfo } from '@f9/core';
import type { Context } from './context.ts';
import { UsageError } from './errors.ts';
import { EXIT, exitCodeOfAll } from './exit-codes.ts';
import { asOneChange } from './one-change.ts';
import { formatBytes, formatCount } from './terminal-text.ts';
import { type TransferSide, targetOf, transferAcross } from './transfer.ts';
import type { Place } from './vaults.ts';

export interface CopyOrMoveOptions {
  readonly move: boolean;
  readonly force: boolean;
  readonly recursive: boolean;
}

/** The body of `cp` and `mv`: the last location is where the others go. */
export async function copyOrMove(
  context: Context,
  locations: readonly string[],
  options: CopyOrMoveOptions,
): Promise<number> {
  const sources = locations.slice(0, -1);
  const destination = locations.at(-1);
  if (destination === undefined || sources.length === 0)
    throw new UsageError('two locations are needed; see --help');
  const intoDirectory = sources.length > 1 || /[/\\]$/.test(destination);
  const codes: number[] = [];
  for (const location of sources) {
    codes.push(
      await context.attempt([location, destination], async () => {
        const [source, target] = [
          await context.vaults.open(location),
          await context.vaults.open(destination),
        ];
        const { signal } = context;
        const path = await targetOf(source, target, intoDirectory, { signal });
        const info = await transfer(context, source, { ...target, path }, options);
        await context.output.item({
          from: source.nameOf(source.path),
          location: target.nameOf(path),
          ...info.toJSON(),
        });
        return EXIT.ok;
      }),
    );
  }
  return exitCodeOfAll(codes);
}

async function transfer(
  context: Context,
  source: Place,
  target: TransferSide,
  { move, force, recursive }: CopyOrMoveOptions,
): Promise<FileInfo> {
  const { signal, progress } = context;
  if (!move && !recursive && (await source.backend.info(source.path, { signal })).isDir) {
    throw backendError(
      'IS_DIRECTORY',
      `${JSON.stringify(source.path)} is a directory; copy it with --recursive`,
    );
  }
  const from = source.backend;
  return await asOneChange(target.backend, signal, async () => {
    // The root cannot be copied or moved by name, but all that is in it can.
    if (from === target.backend && source.path !== '/') {
      const options = { overwrite: force, signal };
      return move
        ? await from.move(source.path, target.path, options)
        : await from.copy(source.path, target.path, options);
    }
    const across = (): Promise<FileInfo> =>
      transferAcross(source, target, {
        overwrite: force,
        move,
        signal,
        onProgress: ({ path, done, total, bytes }) =>
          progress.show(
            () =>
              `${formatCount(done)}/${formatCount(total)} files  ${formatBytes(bytes)}  ${source.nameOf(path)}`,
          ),
      });
    return move ? await asOneChange(from, signal, across) : await across();
  });
}
