// Opens the vault of a test in another process.
import { LocalFileBackend, type LocalFileBackendOptions } from '../../src/index.ts';

export default function openVault(options: LocalFileBackendOptions): LocalFileBackend {
  return new LocalFileBackend(options);
}
