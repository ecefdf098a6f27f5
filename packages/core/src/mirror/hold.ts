import type { FileBackend, SessionOptions } from '../backend.ts';
import { innermost } from '../driver/driver-state.ts';

/**
 * Runs `body` while both vaults are held, each once and for the whole of it, if they have a remote: what is read is one version, pulled
 * at most once, and what is written is published in one piece. A vault without a remote is not held: others go on writing to it.
 */
export async function holding<T>(
  source: FileBackend,
  target: FileBackend,
  options: Pick<SessionOptions, 'signal' | 'pull'>,
  body: (source: FileBackend, target: FileBackend) => Promise<T>,
): Promise<T> {
  const { signal, pull } = options;
  const common = signal === undefined ? {} : { signal };
  const reading = { ...common, push: false, ...(pull === undefined ? {} : { pull }) };
  return await held(source, reading, (heldSource) =>
    held(target, common, (heldTarget) => body(heldSource, heldTarget)),
  );
}

async function held<T>(
  vault: FileBackend,
  options: SessionOptions,
  body: (vault: FileBackend) => Promise<T>,
): Promise<T> {
  return innermost(vault.driver).hasRemote ? await vault.syncSession(body, options) : await body(vault);
}
