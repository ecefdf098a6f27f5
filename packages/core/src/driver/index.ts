/** For people who write backends, layers and plugins; users of vaults need only `@f9/core`. */
export type { Hasher } from '../contents/checksum.ts';
export { checksumOf, createHasher } from '../contents/checksum.ts';
export type { ByteSource } from '../contents/content.ts';
export { bytesOf, chunksOf, concatBytes, toByteSource } from '../contents/content.ts';
export { decodeText, detectEncoding, StrictTextDecoder } from '../contents/text.ts';
export type { Errno, ErrorCause, FileBackendErrorOptions } from '../errors.ts';
export { backendError, ERROR_TABLE, withPath } from '../errors.ts';
export type { FileInfoInit } from '../file-info.ts';
export type { GlobPatternOptions, GlobState } from '../glob/pattern.ts';
export { GlobPattern } from '../glob/pattern.ts';
export { ForwardingBackend } from '../layers/forwarding-backend.ts';
export type { DriverChanges } from '../layers/layer.ts';
export { layer } from '../layers/layer.ts';
export { assertFilter, assertKnownOptions } from '../operations/arguments.ts';
export { DriverBackend } from '../operations/driver-backend.ts';
export { driverOf } from '../operations/driver-of.ts';
export { realPathOf } from '../operations/real-path.ts';
export { backendOf, SyncDriverBackend } from '../operations/sync-driver-backend.ts';
export { moveByCopying } from '../operations/transfer.ts';
export type { ByteOrderedStore } from '../paths/ordered.ts';
export { ordered } from '../paths/ordered.ts';
export type { BackendPath } from '../paths/path.ts';
export {
  baseName,
  compareBytes,
  compareTreeOrder,
  depthBelow,
  isReservedName,
  isSpellingOf,
  isWithin,
  joinPath,
  MAX_PATH_BYTES,
  normalizePath,
  parentPath,
  ROOT,
} from '../paths/path.ts';
export { sortInParts } from '../paths/sort-in-parts.ts';
export { queueSession } from '../sessions/queue-session.ts';
export { heldInThisProcess, sessionHeld } from '../sessions/session-held.ts';
export { SessionLine } from '../sessions/session-line.ts';
export { ChunkCutter, regroup } from '../streams/chunks.ts';
export type { SyncDriver } from '../sync.ts';
export { FifoLock } from '../tasks/fifo-lock.ts';
export { forEachConcurrently } from '../tasks/for-each-concurrently.ts';
export { KeyedLock } from '../tasks/keyed-lock.ts';
export { pause } from '../tasks/pause.ts';
export type { RunContext } from '../tasks/shared-run.ts';
export { SharedRun } from '../tasks/shared-run.ts';
export { Slots } from '../tasks/slots.ts';
export { untilAborted } from '../tasks/until-aborted.ts';
export { WaitingLine } from '../tasks/waiting-line.ts';
export { assertBackendOptions } from './backend-options.ts';
export type { BackendDriver, DriverLayer } from './driver.ts';
export type { DriverPart } from './driver-state.ts';
export { openDriver } from './driver-state.ts';
export { CallerError } from './explain.ts';
export type { Innermost } from './innermost.ts';
export { innermost, linkParts, linkPlace } from './innermost.ts';
export type {
  AcquireSessionOptions,
  AppendOptions,
  CommitOptions,
  DriverChecksumManyOptions,
  DriverGlobOptions,
  DriverHistoryOptions,
  DriverOptions,
  DriverReadOptions,
  DriverSession,
  DriverWatchOptions,
  FileToRemove,
  FileToWrite,
  ListOptions,
  MakeDirectoryOptions,
  ReadRange,
  RemoveOptions,
  RemoveResults,
  ResolveOptions,
  SkippedName,
  StatOptions,
  TransferTreeOptions,
  WriteOptions,
  WriteResults,
} from './options.ts';
export {
  alreadyExists,
  directoryNotEmpty,
  isDirectory,
  notDirectory,
  notFound,
  preconditionFailed,
} from './path-errors.ts';
export type {
  BackendPlugin,
  BackendRequest,
  ParameterOptions,
  ParsedUri,
  StandardResult,
  StandardSchema,
  UriParameter,
  UriParameters,
} from './plugin.ts';
export { definePlugin } from './plugin.ts';
export { assertMatch, assertReadable, assertWritable, isDirectoryKept } from './preconditions.ts';
export { ServiceClock } from './service-clock.ts';
export { uriParameter } from './uri-parameter.ts';
