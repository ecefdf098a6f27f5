export type {
  ByteRange,
  ChecksumManyOptions,
  ChecksumOptions,
  CreateOptions,
  DeleteOptions,
  FileBackend,
  GlobFilesOptions,
  GlobOptions,
  InfoOptions,
  ListDirectoryOptions,
  OperationOptions,
  PublishOptions,
  ReadOptions,
  ReadTextOptions,
  SessionOptions,
  StreamReadOptions,
  StreamReadTextOptions,
  StreamWriteOptions,
  SyncFileBackend,
  SyncSession,
  TransferOptions,
  UpdateOptions,
} from './backend.ts';
export { DEFAULT_CHUNK_SIZE, DEFAULT_SESSION_TIMEOUT, isSyncFileBackend } from './backend.ts';
export type { Capabilities, Support } from './capabilities.ts';
export type { ChecksumAlgorithm, Hasher } from './checksum.ts';
export { CHECKSUM_ALGORITHMS, checksumOf, createHasher } from './checksum.ts';
export { ChunkCutter, regroup } from './chunks.ts';
export type { ChunkSource, Content } from './content.ts';
export { bytesOf, chunksOf, concatBytes, toByteSource } from './content.ts';
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
} from './driver.ts';
export { DriverBackend } from './driver-backend.ts';
export { openDriver } from './driver-state.ts';
export type { Errno, ErrorCause, ErrorCode, FileBackendErrorOptions } from './errors.ts';
export {
  AlreadyExistsError,
  backendError,
  ERROR_TABLE,
  FileBackendError,
  IntegrityError,
  InvalidOperationError,
  isFileBackendError,
  LockTimeoutError,
  NotFoundError,
  PermissionDeniedError,
  PreconditionFailedError,
  SyncConflictError,
} from './errors.ts';
export { FifoLock, KeyedLock } from './fifo-lock.ts';
export type { FileInfoInit, FileType } from './file-info.ts';
export { FileInfo } from './file-info.ts';
export type { GlobPatternOptions, GlobState } from './glob/pattern.ts';
export { GlobPattern } from './glob/pattern.ts';
export type { DriverChanges } from './layer.ts';
export { layer } from './layer.ts';
export { MemoryFileBackend, MemoryStore } from './memory.ts';
export { mirror } from './mirror/mirror.ts';
export type {
  MirrorChange,
  MirrorComparison,
  MirrorFailure,
  MirrorMove,
  MirrorOptions,
  MirrorPhase,
  MirrorProgress,
  MirrorResult,
} from './mirror/options.ts';
export type { BackendPath } from './path.ts';
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
} from './path.ts';
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
export { forEachConcurrently } from './pool.ts';
export { assertMatch, assertReadable, assertWritable, isDirectoryKept } from './preconditions.ts';
export { queueSession } from './queue-session.ts';
export { readOnly } from './read-only.ts';
export type { SearchFilter, SearchOptions, SearchResult } from './search.ts';
export { subdirectory } from './subdirectory.ts';
export type {
  ConflictKind,
  ConflictResolution,
  ConflictSide,
  ConflictStatus,
  SyncConflict,
  SyncDriver,
} from './sync.ts';
export { backendOf, SyncDriverBackend } from './sync-driver-backend.ts';
export { decodeText, detectEncoding, StrictTextDecoder } from './text.ts';
export { moveByCopying } from './transfer.ts';
export { uriParameter } from './uri-parameter.ts';
