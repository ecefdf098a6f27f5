import type { FileBackend } from '@f9/core';
import { type BackendPath, baseName, parentPath } from '@f9/core/driver';
import { aborted } from '../errors/invalid-argument.ts';
import { translated } from '../errors/translate.ts';
import { refuse } from './arguments.ts';
import { atPath, type PathLike, rooted } from './vault-path.ts';

/** A change, as `fs/promises.watch` gives it. */
export interface WatchEvent<Name> {
  /** `change`: written, also for the first time; `rename`: removed. */
  readonly eventType: 'change' | 'rename';
  /** The path below the watched directory; `null` where changes were missed. */
  readonly filename: Name | null;
}

/** @param name gives a name in the encoding that is asked for */
export async function* watch<Name>(
  backend: FileBackend,
  path: PathLike,
  options: { readonly recursive?: boolean | undefined; readonly signal?: AbortSignal | undefined },
  name: (text: string) => Name,
): AsyncGenerator<WatchEvent<Name>, void, void> {
  const { recursive = false, signal } = options;
  const { target, text } = await atPath('watch', path, async (at, given) => {
    refuse(options, 'maxQueue', 'overflow', 'ignore');
    await backend.info(rooted(at));
    return { target: at, text: given };
  });
  if (signal?.aborted) throw aborted(signal);
  const changes = backend.watch(rooted(target), { signal })[Symbol.asyncIterator]();
  try {
    while (true) {
      const { value, done } = await translated(() => changes.next(), { syscall: 'watch', path: text });
      if (done === true) break;
      const at = value.path as BackendPath;
      const isDirect = at === target || parentPath(at) === target;
      if (value.kind === 'overflow') yield { eventType: 'change', filename: null };
      else if (recursive || isDirect) {
        const below = at === target ? baseName(at) : at.slice(target === '' ? 0 : target.length + 1);
        yield { eventType: value.kind === 'removed' ? 'rename' : 'change', filename: name(below) };
      }
    }
  } finally {
    await changes.return?.();
  }
  // A vault's watch ends quietly at an abort; Node's throws the reason.
  if (signal?.aborted) throw aborted(signal);
}
