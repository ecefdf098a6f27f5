import type { AppendOptions, BackendPath, ByteSource, FileInfo, WriteOptions } from '@f9/core';
import { exclusively } from './path-locks.ts';
import { withPlace } from './place.ts';
import { assertPublishable, type Conditions, publish, publishAt } from './publish.ts';
import { withFile } from './reading.ts';
import { copyBytes, NEW_FILE, stage, writeSource } from './staging.ts';
import type { StagedFile } from './state-directory.ts';
import type { Operation } from './system-calls.ts';
import type { Vault } from './vault.ts';

// Changes of content: a new version is staged whole and then takes the place of the old one.

export function* write(
  vault: Vault,
  path: BackendPath,
  source: ByteSource,
  options: WriteOptions,
): Operation<FileInfo> {
  const replaced = yield* assertPublishable(vault, path, options);
  const staged = stage(vault.state, replaced?.mode ?? NEW_FILE, (fd) => writeSource(fd, source));
  return yield* publishing(vault, staged, (file) => publish(vault, path, file, options));
}

export function* copy(
  vault: Vault,
  from: BackendPath,
  to: BackendPath,
  options: WriteOptions,
): Operation<FileInfo> {
  return yield* withFile(vault.root, from, function* (source, { mode }) {
    const replaced = yield* assertPublishable(vault, to, options);
    const staged = stage(vault.state, replaced?.mode ?? mode, (fd) => copyBytes(source, fd));
    return yield* publishing(vault, staged, (file) => publish(vault, to, file, options));
  });
}

/** Whoever appends to the same file waits, but never for a source: what is to be added is there before the file is looked at. */
export function* append(
  vault: Vault,
  path: BackendPath,
  source: ByteSource,
  { ifMatch, signal }: AppendOptions,
): Operation<FileInfo> {
  const conditions: Conditions = {
    ifExists: 'replace',
    ifMissing: 'fail',
    ...(ifMatch === undefined ? {} : { ifMatch }),
  };
  yield* assertPublishable(vault, path, conditions);
  if (source instanceof Uint8Array) {
    return yield* rewrite(vault, path, conditions, (fd) => writeSource(fd, source), signal);
  }
  const tail = stage(vault.state, PRIVATE, (fd) => writeSource(fd, source));
  return yield* publishing(vault, tail, (added) =>
    rewrite(vault, path, conditions, (fd) => copyBytes(added.fd, fd), signal),
  );
}

/** Permissions of what never becomes visible. */
const PRIVATE = 0o600;

/** Replaces a file by itself and more. */
function rewrite(
  vault: Vault,
  path: BackendPath,
  conditions: Conditions,
  addTo: (fd: number) => Operation<void>,
  signal: AbortSignal | undefined,
): Operation<FileInfo> {
  return withPlace(vault.root, path, { follow: true }, (place) =>
    exclusively(
      place.key,
      withFile(vault.root, vault.root.vaultPath(place.key), (current, { mode }) => {
        const staged = stage(vault.state, mode, function* (fd) {
          yield* copyBytes(current, fd);
          yield* addTo(fd);
        });
        return publishing(vault, staged, (file) => publishAt(vault, path, place, file, conditions));
      }),
      signal,
    ),
  );
}

function* publishing(
  vault: Vault,
  staging: Operation<StagedFile>,
  body: (staged: StagedFile) => Operation<FileInfo>,
): Operation<FileInfo> {
  const staged = yield* staging;
  try {
    return yield* body(staged);
  } finally {
    yield* vault.state.discard(staged);
  }
}
