/** For people who write backends, layers and plugins; who uses vaults needs only `@f9/core`. */
export type { Hasher } from '../checksum.ts';
export { checksumOf, createHasher } from '../checksum.ts';
export { ChunkCutter, regroup } from '../chunks.ts';
export { bytesOf, chunksOf, concatBytes, toByteSource } from '../content.ts';
export type {
  AcquireSessionOptions,
  AppendOptions,
  BackendDriver,
  ByteSource,
  CommitOptions,
  DriverChecksumManyOptions,
  DriverGlobOptions,
  DriverLayer,
  DriverOptions,
  DriverSession,
  ListOptions,
  MakeDirectoryOptions,
  ReadRange,
  RemoveOptions,
  StatOptions,
  WriteOptions,
} from '../driver.ts';
export { DriverBackend } from '../driver-backend.ts';
export { openDriver } from '../driver-state.ts';
export type { Errno, ErrorCause, FileBackendErrorOptions } from '../errors.ts';
export { backendError, ERROR_TABLE } from '../errors.ts';
export { FifoLock, KeyedLock } from '../fifo-lock.ts';
export type { FileInfoInit } from '../file-info.ts';
export type { GlobPatternOptions, GlobState } from '../glob/pattern.ts';
export { GlobPattern } from '../glob/pattern.ts';
export type { DriverChanges } from '../layer.ts';
export { layer } from '../layer.ts';
export type { BackendPath } from '../path.ts';
export {
  baseName,
  compareBytes,
  compareTreeOrder,
  isReservedName,
  isWithin,
  joinPath,
  normalizePath,
  parentPath,
  ROOT,
} from '../path.ts';
export {
  alreadyExists,
  directoryNotEmpty,
  isDirectory,
  notDirectory,
  notFound,
  preconditionFailed,
} from '../path-errors.ts';
export type {
  BackendPlugin,
  BackendRequest,
  ParameterOptions,
  ParsedUri,
  StandardResult,
  StandardSchema,
  UriParameter,
  UriParameters,
} from '../plugin.ts';
export { definePlugin } from '../plugin.ts';
export { forEachConcurrently } from '../pool.ts';
export { assertMatch, assertReadable, assertWritable, isDirectoryKept } from '../preconditions.ts';
export { queueSession } from '../queue-session.ts';
export type { SyncDriver } from '../sync.ts';
export { backendOf, SyncDriverBackend } from '../sync-driver-backend.ts';
export { decodeText, detectEncoding, StrictTextDecoder } from '../text.ts';
export { moveByCopying } from '../transfer.ts';
export { uriParameter } from '../uri-parameter.ts';
