import { type BackendPath, normalizePath, ROOT } from '@f9/core/driver';
import type { Attributes } from '../service/service.ts';
import { encodeEntry, isKept, isPathIntact, joined, MARK, splitTags } from './attributes.ts';
import type { BytesForm, Codec, DamagedEntry, Entry, FileEntry } from './entry.ts';

// Anybody with the key can write attributes: only those that f9 would have written are believed.

/** The entry in the attributes; `undefined` where the file is not f9's. Attributes beside f9's are left alone. */
export function decodeEntry(
  fileId: string,
  attributes: Attributes | null | undefined,
): Entry | DamagedEntry | undefined {
  if (typeof attributes?.[MARK] !== 'string') return undefined;
  const entry = read(fileId, attributes);
  if (entry !== undefined && isKept(encodeEntry(entry), attributes)) return entry;
  const shown = joined(attributes, 'path');
  const path = isPathIntact(attributes) && isPath(shown) ? shown : undefined;
  return { kind: 'damaged', fileId, path, shown };
}

/** The entry, if the attributes can be read as one. */
function read(fileId: string, attributes: Attributes): Entry | undefined {
  const [first = '', writeId = '', gap] = fields(attributes.version);
  if (!/^\w{1,64}$/.test(writeId)) return undefined;
  const attached = { fileId, writeId };
  switch (attributes[MARK]) {
    case 'text':
    case 'binary':
      return readFile(attached, Number.parseInt(first, 36), gap, attributes);
    case 'directory': {
      const path = joined(attributes, 'path');
      const generation = Number.parseInt(first, 36);
      const createdAt = Number(attributes.modifiedAt);
      if (!isPath(path) || !isTime(generation) || !isTime(createdAt)) return undefined;
      return { ...attached, kind: 'directory', path, generation, createdAt };
    }
    case 'part': {
      const [sum = '', codec, size, carried] = fields(attributes.content);
      const part = { number: Number(first), size: Number(size), carried: Number(carried) };
      const isWhole = isCount(part.number) && isCount(part.size, MAX_PART) && isCount(part.carried, MAX_PART);
      if (!isWhole || !isCodec(codec) || !isSum(sum)) return undefined;
      return { ...attached, kind: 'part', ...part, codec, sha256: sum };
    }
    case 'passage': {
      const number = Number(first);
      if (!isCount(number)) return undefined;
      return { ...attached, kind: 'passage', number, directory: String(attributes.directory) };
    }
    default:
      return undefined;
  }
}

function readFile(
  attached: Pick<FileEntry, 'fileId' | 'writeId'>,
  generation: number,
  gap: string | undefined,
  attributes: Attributes,
): FileEntry | undefined {
  const content = splitTags(String(attributes.content));
  if (content === undefined) return undefined;
  const [sum = '', created = '', ...form] = fields(content.fields);
  const path = joined(attributes, 'path');
  const file = {
    generation,
    size: Number(attributes.size),
    createdAt: Number.parseInt(created, 36),
    modifiedAt: Number(attributes.modifiedAt),
  };
  const areTimes = isTime(generation) && isTime(file.createdAt) && isTime(file.modifiedAt);
  if (!isPath(path) || !areTimes || !isCount(file.size) || !isSum(sum)) return undefined;
  if (gap !== undefined && gap !== 'binary' && gap !== 'refused') return undefined;
  const bytes = readForm(form, file.size, attributes);
  if (bytes === undefined) return undefined;
  return {
    ...attached,
    ...file,
    kind: 'file',
    path,
    sha256: sum,
    hasText: attributes[MARK] === 'text',
    gap,
    tags: content.tags,
    bytes,
  };
}

/** Most bytes of a part, and of a file in attributes: a larger number would only make us take memory. */
const MAX_PART = 16 * 1024 * 1024;
/** Most milliseconds since 1970 that a date can hold. */
const MAX_TIME = 8.64e15;

function isPath(path: string): path is BackendPath {
  try {
    return path !== ROOT && normalizePath(path) === path;
  } catch {
    return false;
  }
}

function isCount(value: number, most: number = Number.MAX_SAFE_INTEGER): boolean {
  return Number.isInteger(value) && value >= 0 && value <= most;
}

function isTime(value: number): boolean {
  return isCount(value, MAX_TIME);
}

function isSum(value: string): boolean {
  return /^[0-9a-f]{64}$/.test(value);
}

function isCodec(value: string | undefined): value is Codec {
  return value === 'raw' || value === 'br';
}

function readForm(
  [form, detail]: readonly string[],
  size: number,
  attributes: Attributes,
): BytesForm | undefined {
  if (form === 'inline') {
    if (!isCodec(detail) || size > MAX_PART) return undefined;
    return { form, codec: detail, data: joined(attributes, 'data') };
  }
  if (form === 'carrier') {
    const partSize = Number(detail);
    return partSize > 0 && isCount(partSize, MAX_PART) ? { form, partSize } : undefined;
  }
  const isExternal = form === 'external' && (detail === undefined || isSum(detail));
  return isExternal ? { form: 'external', listSha256: detail } : undefined;
}

function fields(value: string | number | boolean | undefined): string[] {
  return String(value).split(' ');
}
