import { createHash } from 'node:crypto';

/**
 * Files whose blobs all lie in the directory in which loose objects are counted: a few look like thousands.
 *
 * @param count of files
 */
export function filesOfOneDirectory(count: number): Record<string, string> {
  const files: Record<string, string> = {};
  for (let i = 0; Object.keys(files).length < count; i++) {
    const text = `text ${i}`;
    const oid = createHash('sha1').update(`blob ${text.length}\0${text}`).digest('hex');
    if (oid.startsWith('17')) files[`many/${i}`] = text;
  }
  return files;
}
