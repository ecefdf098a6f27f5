import { backendError } from '../errors.ts';
import { baseName } from '../paths/path.ts';
import { hasTextExtension } from './text-extensions.ts';

// Types of files that people keep in vaults; the rest is left to bigger tables.
const TYPES: Readonly<Record<string, string>> = {
  'application/epub+zip': 'epub',
  'application/gzip': 'gz tgz',
  'application/json': 'json map webmanifest',
  'application/msword': 'doc',
  'application/pdf': 'pdf',
  'application/rtf': 'rtf',
  'application/sql': 'sql',
  'application/toml': 'toml',
  'application/vnd.ms-excel': 'xls',
  'application/vnd.ms-powerpoint': 'ppt',
  'application/vnd.oasis.opendocument.presentation': 'odp',
  'application/vnd.oasis.opendocument.spreadsheet': 'ods',
  'application/vnd.oasis.opendocument.text': 'odt',
  'application/vnd.openxmlformats-officedocument.presentationml.presentation': 'pptx',
  'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet': 'xlsx',
  'application/vnd.openxmlformats-officedocument.wordprocessingml.document': 'docx',
  'application/vnd.sqlite3': 'sqlite sqlite3',
  'application/wasm': 'wasm',
  'application/x-7z-compressed': '7z',
  'application/x-sh': 'sh',
  'application/x-tar': 'tar',
  'application/xml': 'xml xsd',
  'application/yaml': 'yaml yml',
  'application/zip': 'zip',
  'audio/aac': 'aac',
  'audio/flac': 'flac',
  'audio/midi': 'mid midi',
  'audio/mp4': 'm4a',
  'audio/mpeg': 'mp3',
  'audio/ogg': 'oga ogg opus',
  'audio/wav': 'wav',
  'font/otf': 'otf',
  'font/ttf': 'ttf',
  'font/woff': 'woff',
  'font/woff2': 'woff2',
  'image/apng': 'apng',
  'image/avif': 'avif',
  'image/bmp': 'bmp',
  'image/gif': 'gif',
  'image/heic': 'heic',
  'image/jpeg': 'jpg jpeg',
  'image/png': 'png',
  'image/svg+xml': 'svg',
  'image/tiff': 'tif tiff',
  'image/vnd.microsoft.icon': 'ico',
  'image/webp': 'webp',
  'message/rfc822': 'eml',
  'text/calendar': 'ics',
  'text/css': 'css',
  'text/csv': 'csv',
  'text/html': 'html htm',
  'text/javascript': 'js mjs cjs',
  'text/markdown': 'md markdown mdx',
  'text/tab-separated-values': 'tsv',
  'text/vcard': 'vcf',
  'text/vtt': 'vtt',
  'video/mp4': 'mp4 m4v',
  'video/mpeg': 'mpeg mpg',
  'video/ogg': 'ogv',
  'video/quicktime': 'mov',
  'video/webm': 'webm',
};

const byExtension = new Map(
  Object.entries(TYPES).flatMap(([type, extensions]) =>
    extensions.split(' ').map((extension) => [extension, type] as const),
  ),
);

/**
 * The media type of a file by its name, without parameters: `text/markdown`. Names of text without a registered type, such as those
 * of source code, are `text/plain`; all others are `application/octet-stream`.
 *
 * @throws `INVALID_ARGUMENT` where `path` is no string
 */
export function mediaType(path: string): string {
  if (typeof path !== 'string') throw backendError('INVALID_ARGUMENT', 'mediaType needs a path, a string');
  const name = baseName(path);
  const extension = name.slice(name.lastIndexOf('.') + 1).toLowerCase();
  const known = name.lastIndexOf('.') > 0 ? byExtension.get(extension) : undefined;
  return known ?? (hasTextExtension(name) ? 'text/plain' : 'application/octet-stream');
}
