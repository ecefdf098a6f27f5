// Opens the vault of a test in another process.
import { S3FileBackend, type S3FileBackendOptions } from '../src/index.ts';

export default function openVault(options: S3FileBackendOptions): S3FileBackend {
  return new S3FileBackend(options);
}
