// Opens the vault of a test in another process.
import { GitSyncFileBackend, type GitSyncFileBackendOptions } from '../src/index.ts';

export default function openVault(options: GitSyncFileBackendOptions): GitSyncFileBackend {
  return new GitSyncFileBackend(options);
}
