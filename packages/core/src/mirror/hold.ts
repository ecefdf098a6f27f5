import type { FileBackend, SessionOptions } from '../backend.ts';
import { innermost } from '../driver/innermost.ts';

/**
 * Runs `body` with a session on each of the two vaults that has a remote: the source is read as one version, pulled at most once, and
 * what is written is published in one piece. A vault without a remote is not held, so that others go on writing to it. The sessions
 * begin in one fixed order, so that mirrors there and back do not wait for each other.
 */
export async function holding<T>(
  source: FileBackend,
  target: FileBackend,
  options: Pick<SessionOptions, 'signal' | 'pull'>,
  body: (source: FileBackend, target: FileBackend) => Promise<T>,
): Promise<T> {
  const { signal, pull } = options;
  const common = { signal };
  const reading = { ...common, push: false, pull };
  const isFirst = innermost(source.driver).rank <= innermost(target.driver).rank;
  return isFirst
    ? await held(source, reading, (first) => held(target, common, (second) => body(first, second)))
    : await held(target, common, (first) => held(source, reading, (second) => body(second, first)));
}

async function held<T>(
  vault: FileBackend,
  options: SessionOptions,
  body: (vault: FileBackend) => Promise<T>,
): Promise<T> {
  return innermost(vault.driver).hasRemote ? await vault.syncSession(body, options) : await body(vault);
}
