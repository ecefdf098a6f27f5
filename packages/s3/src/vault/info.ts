import { FileInfo } from '@f9/core';
import type { ListedObject } from '../service/list-page.ts';
import type { ObjectHead } from '../service/service.ts';

/** The `FileInfo` of an object. */
export function infoOf(path: string, { size, modifiedAt, etag }: ObjectHead | ListedObject): FileInfo {
  return new FileInfo({ path, fileType: 'file', size, modifiedAt, etag });
}
