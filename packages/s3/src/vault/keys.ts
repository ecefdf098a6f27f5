import { type BackendPath, backendError, isReservedName, normalizePath } from '@f9/core/driver';

/** Most bytes of UTF-8 in a key. */
const MAX_KEY_BYTES = 1024;
/** The directory of f9's own state in a vault. */
const STATE = '.f9/';

/** The keys of a vault's files. */
export class Keys {
  /** Empty, or ends with a slash. */
  readonly prefix: string;

  constructor(prefix: string) {
    this.prefix = prefix;
  }

  /** @throws `INVALID_PATH` */
  of(path: BackendPath): string {
    const key = this.prefix + path;
    if (key.length > MAX_KEY_BYTES / 3 && Buffer.byteLength(key) > MAX_KEY_BYTES) {
      throw backendError(
        'INVALID_PATH',
        `${JSON.stringify(`${path.slice(0, 100)}…`)} is too long for S3: a key has at most ${MAX_KEY_BYTES} bytes`,
        { path },
      );
    }
    return key;
  }

  /** The beginning of all keys below a directory. */
  below(path: BackendPath): string {
    return path === '' ? this.prefix : `${this.of(path)}/`;
  }

  /** The key of a part of f9's state. */
  ofState(name: string): string {
    return `${this.prefix}${STATE}${name}`;
  }

  /** The path of a key; `undefined` where no vault can name it. */
  pathOf(key: string): BackendPath | undefined {
    const path = key.slice(this.prefix.length);
    return isPath(path) ? (path as BackendPath) : undefined;
  }

  isState(key: string): boolean {
    return key.startsWith(this.prefix + STATE);
  }
}

function isPath(text: string): boolean {
  if (/^[\w-][\w .-]*(?:\/[\w-][\w .-]*)*$/.test(text) && text.length <= 255) return true;
  if (isReservedName(text.split('/', 1)[0]!)) return false;
  try {
    return normalizePath(text) === text && text !== '';
  } catch {
    return false;
  }
}
