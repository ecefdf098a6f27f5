import type { Stats } from 'node:fs';
import type { FileInfo } from '@f9/core';
import {
  type AppendOptions,
  type BackendPath,
  type ByteSource,
  backendError,
  type WriteOptions,
} from '@f9/core/driver';
import type { Operation } from '../io/runner.ts';
import { SMALL } from '../io/system-calls.ts';
import type { StagingDirectory } from '../state/presence.ts';
import { StagingLost } from '../state/staging.ts';
import type { OpenFolder } from './open-folder.ts';
import { assertPublishable, type Conditions, publish, withLockedName, withWritableName } from './publish.ts';
import { withFile } from './reading.ts';
import { copyBytes, NEW_FILE, PRIVATE_FILE, withStagedFile, writeSource } from './staging.ts';

// Changes of content: a new version is staged whole and then takes the place of the old one. Slow work, on a source or a disk, is
// done before the path is locked; quick work is done while it is.

export function* write(
  folder: OpenFolder,
  path: BackendPath,
  source: ByteSource,
  options: Conditions,
): Operation<FileInfo> {
  if (source instanceof Uint8Array) return yield* writeBytes(folder, path, source, options);
  const replaced = yield* assertPublishable(folder, path, options);
  return yield* withStagedFile(
    folder.staging,
    folder.staging.stage(modeFor(options, replaced, NEW_FILE)),
    (fd) => writeSource(fd, source),
    (staged) =>
      withWritableName(folder, path, options, (held, current) =>
        publish(folder, path, held, current, staged, options),
      ),
  );
}

/** The mode that a file begins with: nobody may read any of it who may not read it in the end. */
function modeFor({ permissions }: Conditions, replaced: Stats | undefined, otherwise: number): number {
  return permissions ?? replaced?.mode ?? otherwise;
}

function writeBytes(
  folder: OpenFolder,
  path: BackendPath,
  bytes: Uint8Array,
  options: Conditions,
): Operation<FileInfo> {
  if (folder.durability === 'none' && bytes.length <= SMALL && options.ifExists !== 'fail')
    return writeLocked(folder, path, bytes, options);
  return withWritableName(folder, path, options, (held, replaced) =>
    withStagedFile(
      folder.staging,
      folder.staging.stage(modeFor(options, replaced, NEW_FILE)),
      (fd) => writeSource(fd, bytes),
      (staged) => publish(folder, path, held, replaced, staged, options),
    ),
  );
}

/** Writes while the path is locked, so that one look at the replaced file is enough. */
function writeLocked(
  folder: OpenFolder,
  path: BackendPath,
  bytes: Uint8Array,
  options: Conditions,
): Operation<FileInfo> {
  return stagingInside(folder, path, options, (directory) =>
    withLockedName(folder, path, options, (held, replaced, locks) =>
      withStagedFile(
        folder.staging,
        folder.staging.stageIn(directory, modeFor(options, replaced, NEW_FILE)),
        (fd) => writeSource(fd, bytes),
        (staged) => publish(folder, path, held, replaced, staged, options, locks),
      ),
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
      folder.staging,
      folder.staging.stage(modeFor(options, replaced, mode)),
      (fd) => copyBytes(source, fd),
      (staged) =>
        withWritableName(folder, to, options, (held, current) =>
          publish(folder, to, held, current, staged, options),
        ),
    );
  });
}

/**
 * Appends to a file. Appends to one file wait for each other, but never for a source: the bytes are staged before the file is looked
 * at.
 */
export function* append(
  folder: OpenFolder,
  path: BackendPath,
  source: ByteSource,
  { ifMatch, signal, session }: AppendOptions,
): Operation<FileInfo> {
  const conditions: Conditions = {
    ifExists: 'replace',
    ifMissing: 'fail',
    ifMatch,
    signal,
    session,
  };
  if (source instanceof Uint8Array) {
    return yield* extend(folder, path, conditions, (fd) => writeSource(fd, source));
  }
  yield* assertPublishable(folder, path, conditions);
  return yield* withStagedFile(
    folder.staging,
    folder.staging.stage(PRIVATE_FILE),
    (fd) => writeSource(fd, source),
    (added) => extend(folder, path, conditions, (fd) => copyBytes(added.fd, fd)),
  );
}

/** Replaces a file by its content and more, while nobody else can. */
function extend(
  folder: OpenFolder,
  path: BackendPath,
  conditions: Conditions,
  addTo: (fd: number) => Operation<void>,
): Operation<FileInfo> {
  return stagingInside(folder, path, conditions, (directory) =>
    withLockedName(folder, path, conditions, (held, replaced, locks) =>
      withFile(folder.root, folder.root.vaultPath(held.key), (current, { mode }) =>
        withStagedFile(
          folder.staging,
          folder.staging.stageIn(directory, mode),
          function* (fd) {
            yield* copyBytes(current, fd);
            yield* addTo(fd);
          },
          (staged) => publish(folder, path, held, replaced, staged, conditions, locks),
        ),
      ),
    ),
  );
}

/** Times that a writer may be overtaken. */
const ATTEMPTS = 8;

/**
 * Runs `body`, which stages what it compared. It runs again if the staging directory was lost meanwhile, and with it maybe the lock.
 */
function* stagingInside<T>(
  folder: OpenFolder,
  path: BackendPath,
  conditions: Conditions,
  body: (directory: StagingDirectory) => Operation<T>,
): Operation<T> {
  if (!folder.locks.areInUse) yield* assertPublishable(folder, path, conditions);
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    try {
      return yield* folder.staging.within(body);
    } catch (error) {
      if (!(error instanceof StagingLost)) throw error;
    }
  }
  throw backendError('BUSY', 'What is being written is removed from the state directory again and again');
}
