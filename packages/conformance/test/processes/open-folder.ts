// Opens a folder in another process.
import { DriverBackend } from '@f9/core/driver';
import { FolderDriver } from './folder-driver.ts';

export default function openFolder(options: ConstructorParameters<typeof FolderDriver>[0]): DriverBackend {
  return new DriverBackend(new FolderDriver(options));
}
