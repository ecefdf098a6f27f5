import type { FileInfo } from '@f9/core';
import type { AppendOptions, BackendPath, ByteSource, WriteOptions } from '@f9/core/driver';
import { assertPublishable, type Conditions, publish, withWritablePlace } from './publish.ts';
import { withFile } from './reading.ts';
import type { Operation } from './runner.ts';
import { copyBytes, NEW_FILE, PRIVATE_FILE, withStagedFile, writeSource } from './staging.ts';
import type { Vault } from './vault.ts';

// Changes of content: a new version is staged whole and then takes the place of the old one.

export function* write(
  vault: Vault,
  path: BackendPath,
  source: ByteSource,
  options: WriteOptions,
): Operation<FileInfo> {
  if (source instanceof Uint8Array) return yield* writeBytes(vault, path, source, options);
  const replaced = yield* assertPublishable(vault, path, options);
  return yield* withStagedFile(
    vault.state.stage(replaced?.mode ?? NEW_FILE),
    vault.state,
    (fd) => writeSource(fd, source),
    (staged) =>
      withWritablePlace(vault, path, options, (place, current) =>
        publish(vault, path, place, current, staged, options),
      ),
  );
}

/** What is there at once needs only one look at the place. */
function writeBytes(
  vault: Vault,
  path: BackendPath,
  bytes: Uint8Array,
  options: WriteOptions,
): Operation<FileInfo> {
  return withWritablePlace(vault, path, options, (place, replaced) =>
    withStagedFile(
      vault.state.stage(replaced?.mode ?? NEW_FILE),
      vault.state,
      (fd) => writeSource(fd, bytes),
      (staged) => publish(vault, path, place, replaced, staged, options),
    ),
  );
}

export function* copy(
  vault: Vault,
  from: BackendPath,
  to: BackendPath,
  options: WriteOptions,
): Operation<FileInfo> {
  return yield* withFile(vault.root, from, function* (source, { mode }) {
    const replaced = yield* assertPublishable(vault, to, options);
    return yield* withStagedFile(
      vault.state.stage(replaced?.mode ?? mode),
      vault.state,
      (fd) => copyBytes(source, fd),
      (staged) =>
        withWritablePlace(vault, to, options, (place, current) =>
          publish(vault, to, place, current, staged, options),
        ),
    );
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
    ...(signal === undefined ? {} : { signal }),
  };
  if (source instanceof Uint8Array) {
    return yield* extend(vault, path, conditions, (fd) => writeSource(fd, source));
  }
  yield* assertPublishable(vault, path, conditions);
  return yield* withStagedFile(
    vault.state.stage(PRIVATE_FILE),
    vault.state,
    (fd) => writeSource(fd, source),
    (added) => extend(vault, path, conditions, (fd) => copyBytes(added.fd, fd)),
  );
}

/** Replaces a file by itself and more. */
function extend(
  vault: Vault,
  path: BackendPath,
  conditions: Conditions,
  addTo: (fd: number) => Operation<void>,
): Operation<FileInfo> {
  return withWritablePlace(vault, path, conditions, (place, replaced) =>
    withFile(vault.root, vault.root.vaultPath(place.key), (current, { mode }) =>
      withStagedFile(
        vault.state.stage(mode),
        vault.state,
        function* (fd) {
          yield* copyBytes(current, fd);
          yield* addTo(fd);
        },
        (staged) => publish(vault, path, place, replaced, staged, conditions),
      ),
    ),
  );
}
