import type { FileInfo } from '@f9/core';
import type { AppendOptions, BackendPath, ByteSource, WriteOptions } from '@f9/core/driver';
import type { Operation } from '../io/runner.ts';
import type { OpenFolder } from './open-folder.ts';
import { assertPublishable, type Conditions, publish, withWritableName } from './publish.ts';
import { withFile } from './reading.ts';
import { copyBytes, NEW_FILE, PRIVATE_FILE, withStagedFile, writeSource } from './staging.ts';

// Changes of content: a new version is staged whole and then takes the place of the old one.

export function* write(
  folder: OpenFolder,
  path: BackendPath,
  source: ByteSource,
  options: WriteOptions,
): Operation<FileInfo> {
  if (source instanceof Uint8Array) return yield* writeBytes(folder, path, source, options);
  const replaced = yield* assertPublishable(folder, path, options);
  return yield* withStagedFile(
    folder.state.stage(replaced?.mode ?? NEW_FILE),
    folder.state,
    (fd) => writeSource(fd, source),
    (staged) =>
      withWritableName(folder, path, options, (held, current) =>
        publish(folder, path, held, current, staged, options),
      ),
  );
}

/** Bytes that are there at once need only one look at the name. */
function writeBytes(
  folder: OpenFolder,
  path: BackendPath,
  bytes: Uint8Array,
  options: WriteOptions,
): Operation<FileInfo> {
  return withWritableName(folder, path, options, (held, replaced) =>
    withStagedFile(
      folder.state.stage(replaced?.mode ?? NEW_FILE),
      folder.state,
      (fd) => writeSource(fd, bytes),
      (staged) => publish(folder, path, held, replaced, staged, options),
    ),
  );
}

export function* copy(
  folder: OpenFolder,
  from: BackendPath,
  to: BackendPath,
  options: WriteOptions,
): Operation<FileInfo> {
  return yield* withFile(folder.root, from, function* (source, { mode }) {
    const replaced = yield* assertPublishable(folder, to, options);
    return yield* withStagedFile(
      folder.state.stage(replaced?.mode ?? mode),
      folder.state,
      (fd) => copyBytes(source, fd),
      (staged) =>
        withWritableName(folder, to, options, (held, current) =>
          publish(folder, to, held, current, staged, options),
        ),
    );
  });
}

/** Appends to one file wait for each other, but never for a source: its bytes are staged before the file is looked at. */
export function* append(
  folder: OpenFolder,
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
    return yield* extend(folder, path, conditions, (fd) => writeSource(fd, source));
  }
  yield* assertPublishable(folder, path, conditions);
  return yield* withStagedFile(
    folder.state.stage(PRIVATE_FILE),
    folder.state,
    (fd) => writeSource(fd, source),
    (added) => extend(folder, path, conditions, (fd) => copyBytes(added.fd, fd)),
  );
}

/** Replaces a file by itself and more. */
function extend(
  folder: OpenFolder,
  path: BackendPath,
  conditions: Conditions,
  addTo: (fd: number) => Operation<void>,
): Operation<FileInfo> {
  return withWritableName(folder, path, conditions, (held, replaced) =>
    withFile(folder.root, folder.root.vaultPath(held.key), (current, { mode }) =>
      withStagedFile(
        folder.state.stage(mode),
        folder.state,
        function* (fd) {
          yield* copyBytes(current, fd);
          yield* addTo(fd);
        },
        (staged) => publish(folder, path, held, replaced, staged, conditions),
      ),
    ),
  );
}
