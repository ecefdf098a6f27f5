/** For people who use vaults. Authors of backends and layers also need `@f9/core/driver`. */
export type {
  BackendOptions,
  ByteRange,
  ChecksumManyOptions,
  ChecksumOptions,
  CreateOptions,
  DeleteOptions,
  EditedContent,
  EditOptions,
  FileBackend,
  GlobFilesOptions,
  GlobOptions,
  HistoryOptions,
  InfoOptions,
  ListDirectoryOptions,
  OperationOptions,
  PublishOptions,
  ReadOptions,
  ReadTextOptions,
  RestoreOptions,
  SessionOptions,
  StreamReadOptions,
  StreamReadTextOptions,
  StreamWriteOptions,
  SyncFileBackend,
  SyncSession,
  TransferOptions,
  UpdateOptions,
  WatchOptions,
} from './backend.ts';
export {
  DEFAULT_CHUNK_SIZE,
  DEFAULT_DISPOSE_TIMEOUT,
  DEFAULT_SESSION_TIMEOUT,
  DEFAULT_WATCH_INTERVAL,
  isSyncFileBackend,
} from './backend.ts';
export type { Capabilities, Support } from './capabilities.ts';
export type { VaultChange, VaultChanges } from './changes.ts';
export type { ChecksumAlgorithm } from './contents/checksum.ts';
export { CHECKSUM_ALGORITHMS } from './contents/checksum.ts';
export type { ChunkSource, Content } from './contents/content.ts';
export { mediaType } from './contents/media-type.ts';
export type { UnexpectedContext } from './driver/unexpected.ts';
export { onUnexpected } from './driver/unexpected.ts';
export type { ErrorCode } from './errors.ts';
export {
  AlreadyExistsError,
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
export type { FileType, ListedFile, ListedInfo } from './file-info.ts';
export { FileInfo } from './file-info.ts';
export type { FileVersion } from './history.ts';
export type { PathRule } from './layers/path-rules.ts';
export { readOnly } from './layers/read-only.ts';
export { rememberDirectories } from './layers/remember-directories.ts';
export type { Restrictions } from './layers/restrict.ts';
export { restrict } from './layers/restrict.ts';
export { subdirectory } from './layers/subdirectory.ts';
export { MemoryFileBackend, MemoryStore } from './memory.ts';
export { compareVaults, mirror } from './mirror/mirror.ts';
export type {
  CompareVaultsOptions,
  MirrorChange,
  MirrorComparison,
  MirrorFailure,
  MirrorMove,
  MirrorOptions,
  MirrorPhase,
  MirrorProgress,
  MirrorResult,
  SkippedEntry,
  SkipReason,
  VaultDifferences,
} from './mirror/options.ts';
export type { SearchFilter, SearchFilterKey, SearchOptions, SearchResult } from './search.ts';
export { SEARCH_FILTER_KEYS } from './search.ts';
export type {
  ConflictKind,
  ConflictResolution,
  ConflictSide,
  ConflictStatus,
  SyncConflict,
} from './sync.ts';
