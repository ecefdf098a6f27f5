import { FileInfo } from '@f9/core';
import {
  type BackendPath,
  type ByteOrderedStore,
  compareBytes,
  depthBelow,
  type ListOptions,
  notDirectory,
  notFound,
  ordered,
  parentPath,
  ROOT,
} from '@f9/core/driver';
import type { Call } from '../service/call.ts';
import type { ListedObject } from '../service/list-page.ts';
import type { ListRequest, Service } from '../service/service.ts';
import type { Keys } from '../vault/keys.ts';

/** A name on a page: an object, or a directory, which ends with `/`. `path` is the key without the vault's prefix. */
export interface ListedKey {
  readonly path: string;
  readonly object: ListedObject | undefined;
}

/** Entries given out at a time. */
const BATCH = 1000;

/** The objects of a vault as a tree. */
export class Listing {
  readonly #service: Service;
  readonly #keys: Keys;

  constructor(service: Service, keys: Keys) {
    this.#service = service;
    this.#keys = keys;
  }

  /** Whether anything lies below a path. */
  async hasChildren(path: BackendPath, call: Call): Promise<boolean> {
    const page = await this.#service.list({ prefix: this.#keys.below(path), most: 1 }, call);
    return page.objects.length > 0;
  }

  /** The first keys below a path. */
  async firstBelow(path: BackendPath, most: number, call: Call): Promise<readonly string[]> {
    const page = await this.#service.list({ prefix: this.#keys.below(path), most }, call);
    return page.objects.map(({ key }) => key);
  }

  /** All objects whose paths begin with `prefix`, by the bytes of their keys, page by page. */
  async *pages(
    prefix: string,
    {
      after,
      delimiter,
      call,
    }: { readonly after?: string | undefined; readonly delimiter?: '/'; readonly call: Call },
  ): AsyncGenerator<readonly ListedKey[], void, void> {
    const start = this.#keys.prefix.length;
    const request = { prefix: this.#keys.prefix + prefix, delimiter };
    let position: Pick<ListRequest, 'after' | 'previous'> =
      after === undefined ? {} : { after: this.#keys.prefix + after };
    for (;;) {
      const page = await this.#service.list({ ...request, ...position }, call);
      const objects = page.objects.map((object) => ({ path: object.key.slice(start), object }));
      const common = page.commonPrefixes.map((key) => ({ path: key.slice(start), object: undefined }));
      yield common.length === 0 ? objects : merged(objects, common);
      if (page.next === undefined) return;
      position = { previous: page };
    }
  }

  /**
   * The objects at some paths, from a listing of the range between the first and the last; `undefined` where that would be longer
   * than a request for each.
   *
   * @param onOther told of every other path in the range
   */
  async objectsAt(
    paths: readonly string[],
    call: Call,
    onOther: (path: string) => void = () => undefined,
  ): Promise<Map<string, ListedObject> | undefined> {
    const sorted = [...paths].sort(compareBytes);
    const [first, last] = [sorted[0]!, sorted.at(-1)!];
    const wanted = new Set(paths);
    const found = new Map<string, ListedObject>();
    // The range includes everything below the last path.
    const end = `${last}0`;
    let pages = 0;
    for await (const page of this.pages(sharedBeginning(first, last), { after: before(first), call })) {
      for (const { path, object } of page) {
        if (object !== undefined && wanted.has(path)) found.set(path, object);
        else onOther(path);
      }
      const at = page.at(-1)?.path;
      if (at === undefined || compareBytes(at, end) >= 0) break;
      if (++pages > 1 + paths.length / 4) return undefined;
    }
    return found;
  }

  /** @throws `NOT_FOUND`, `NOT_DIRECTORY` */
  async *list(
    path: BackendPath,
    { recursive, maxDepth = Number.POSITIVE_INFINITY, onSkipped, signal }: ListOptions,
  ): AsyncGenerator<readonly FileInfo[], void, void> {
    const call: Call = { signal, path };
    const prefix = path === ROOT ? '' : `${path}/`;
    const walk = new Walk(path, recursive ? maxDepth : 1, (shown) =>
      onSkipped?.({ path: shown, reason: 'unnameable' }),
    );
    let isThere = path === ROOT;
    const entries = ordered(this.#store(prefix, recursive, call), prefix);
    for await (const listed of entries) {
      isThere = true;
      if (this.#keys.isState(this.#keys.prefix + listed.path)) continue;
      if (listed.path !== prefix)
        walk.add(listed, this.#keys.pathOf(this.#keys.prefix + trimmed(listed.path)));
      if (walk.batch.length >= BATCH) yield walk.take();
    }
    if (!isThere) {
      const head = await this.#service.head(this.#keys.of(path), call);
      throw head === undefined ? notFound(path) : notDirectory(path);
    }
    if (walk.batch.length > 0) yield walk.take();
  }

  #store(directory: string, recursive: boolean, call: Call): ByteOrderedStore<ListedKey> {
    const pages = (prefix: string, after: string | undefined): AsyncIterable<readonly ListedKey[]> => {
      if (recursive) return this.pages(prefix, { after, call });
      if (prefix === directory) return this.pages(prefix, { after, delimiter: '/', call });
      return this.#directoryItself(prefix, call);
    };
    return { list: pages };
  }

  /** A directory of which only the existence is asked. */
  async *#directoryItself(prefix: string, call: Call): AsyncGenerator<readonly ListedKey[], void, void> {
    const { objects } = await this.#service.list({ prefix: this.#keys.prefix + prefix, most: 1 }, call);
    if (objects.length > 0) yield [{ path: prefix, object: undefined }];
  }
}

/** Makes the entries of a tree from keys in its order. */
class Walk {
  readonly #root: BackendPath;
  readonly #maxDepth: number;
  readonly #onSkipped: (path: string) => void;
  batch: FileInfo[] = [];
  /** The directory that was entered last. */
  #directory: BackendPath;
  /** The file that was listed last. */
  #file: string | undefined;

  constructor(root: BackendPath, maxDepth: number, onSkipped: (path: string) => void) {
    this.#root = root;
    this.#directory = root;
    this.#maxDepth = maxDepth;
    this.#onSkipped = onSkipped;
  }

  take(): FileInfo[] {
    const { batch } = this;
    this.batch = [];
    return batch;
  }

  /** @param path `undefined` where no vault can name the key */
  add({ path: shown, object }: ListedKey, path: BackendPath | undefined): void {
    // A file with other files below its path, made by another program or left by a crash between two steps: only the file is shown.
    const isHidden = this.#file !== undefined && shown.startsWith(`${this.#file}/`);
    if (path === undefined || isHidden) {
      this.#onSkipped(shown);
      return;
    }
    // Some programs mark a directory by an object of its name with a slash.
    const isDirectory = object === undefined || shown.endsWith('/');
    this.#enter(isDirectory ? path : parentPath(path));
    if (isDirectory) return;
    this.#file = path;
    if (depthBelow(this.#root, path) > this.#maxDepth) return;
    const { size, modifiedAt, etag } = object;
    this.batch.push(new FileInfo({ path, fileType: 'file', size, modifiedAt, etag }));
  }

  #enter(directory: BackendPath): void {
    if (directory === this.#directory) return;
    const missing: BackendPath[] = [];
    for (let at = directory; at !== this.#root && !isAround(this.#directory, at); at = parentPath(at)) {
      missing.push(at);
    }
    for (const path of missing.reverse()) {
      if (depthBelow(this.#root, path) <= this.#maxDepth) {
        this.batch.push(new FileInfo({ path, fileType: 'directory' }));
      }
    }
    this.#directory = directory;
  }
}

function isAround(directory: BackendPath, at: BackendPath): boolean {
  return directory === at || directory.startsWith(`${at}/`);
}

function trimmed(path: string): string {
  return path.endsWith('/') ? path.slice(0, -1) : path;
}

/** Objects and common prefixes of a page, by their bytes. */
function merged(objects: readonly ListedKey[], common: readonly ListedKey[]): ListedKey[] {
  const result: ListedKey[] = [];
  let at = 0;
  for (const object of objects) {
    while (at < common.length && isBefore(common[at]!.path, object.path)) result.push(common[at++]!);
    result.push(object);
  }
  return [...result, ...common.slice(at)];
}

function isBefore(a: string, b: string): boolean {
  return compareBytes(a, b) < 0;
}

/** The beginning that two paths share. */
function sharedBeginning(a: string, b: string): string {
  let at = 0;
  while (at < a.length && a[at] === b[at]) at++;
  // The cut must not split a character.
  while (at > 0 && /[\ud800-\udbff]/.test(a[at - 1]!)) at--;
  return a.slice(0, at);
}

/** A key before a path, and after most of the keys before it. */
function before(path: string): string | undefined {
  const start = path.slice(0, -1).replace(/[\ud800-\udbff]$/, '');
  return start === '' ? undefined : start;
}
