import type { ChecksumAlgorithm } from '@f9/core';
import {
  type BackendPath,
  checksumOf,
  type DriverChecksumManyOptions,
  forEachConcurrently,
  notFound,
} from '@f9/core/driver';
import type { Listing } from '../listing/listing.ts';
import type { Reader } from '../reading/reader.ts';
import type { Call } from '../service/call.ts';
import type { Service } from '../service/service.ts';
import type { Keys } from '../vault/keys.ts';
import type { SharedState } from '../vault/shared-state.ts';
import type { Sum } from '../vault/sum.ts';
import { Sums } from './sums.ts';

/** Files that are asked about or read at the same time. */
const AT_ONCE = 8;
/** Files from which on a listing is cheaper than a request for each. */
const MANY = 20;

/** Checksums of files, from what is known of their versions before anything is read. */
export class Checksums {
  readonly #service: Service;
  readonly #keys: Keys;
  readonly #shared: SharedState;
  readonly #listing: Listing;
  readonly #reader: Reader;
  readonly #sums: Sums;

  constructor(
    service: Service,
    keys: Keys,
    shared: SharedState,
    { listing, reader }: { readonly listing: Listing; readonly reader: Reader },
  ) {
    this.#service = service;
    this.#keys = keys;
    this.#shared = shared;
    this.#listing = listing;
    this.#reader = reader;
    this.#sums = new Sums(service, keys);
  }

  /** The checksum of one file; `undefined` where there is none. */
  async one(path: BackendPath, algorithm: ChecksumAlgorithm, call: Call): Promise<string | undefined> {
    if (algorithm !== 'sha256') {
      const blocks = await this.#reader.read(path, {}, call);
      return blocks && (await checksumOf(blocks, algorithm));
    }
    return (await this.#ask(path, call))?.sha256;
  }

  /** Checksums of many files, by path; paths without a file are left out. */
  async many(
    paths: readonly BackendPath[],
    algorithm: ChecksumAlgorithm,
    { concurrency = AT_ONCE }: DriverChecksumManyOptions,
    call: Call,
  ): Promise<Map<BackendPath, string>> {
    const found = new Map<BackendPath, string>();
    let rest = paths;
    if (algorithm === 'sha256' && paths.length >= MANY) rest = await this.#known(paths, found, call);
    const learned = new Map<string, Sum>();
    await forEachConcurrently(rest, concurrency, async (path) => {
      if (algorithm === 'sha256') {
        const sum = await this.#ask(path, call);
        if (sum === undefined) return;
        found.set(path, sum.sha256);
        learned.set(path, sum);
      } else {
        const checksum = await this.one(path, algorithm, call);
        if (checksum !== undefined) found.set(path, checksum);
      }
    });
    if (algorithm === 'sha256') await this.#sums.add(learned, call);
    return found;
  }

  /** Keeps the sums learned by writing, if they are many, so that the next mirror needs only a listing. */
  async keep(): Promise<void> {
    const { sums } = this.#shared;
    const kept = new Map(sums);
    sums.clear();
    await this.#sums.add(kept, {});
  }

  /** Adds to `found` the sums that are kept beside the files; gives the paths that have none. */
  async #known(
    paths: readonly BackendPath[],
    found: Map<BackendPath, string>,
    call: Call,
  ): Promise<readonly BackendPath[]> {
    const objects = await this.#listing.objectsAt(paths, call);
    if (objects === undefined) return paths;
    const { sums, keptIn } = await this.#sums.load(call);
    for (const [path, sum] of this.#shared.sums) sums.set(path, sum);
    const rest: BackendPath[] = [];
    const alive = new Map<string, Sum>();
    for (const path of paths) {
      const etag = objects.get(path)?.etag;
      const sum = sums.get(path);
      if (etag === undefined) continue;
      if (sum?.etag !== etag) rest.push(path);
      else {
        found.set(path, sum.sha256);
        alive.set(path, sum);
      }
    }
    // Nothing was learned of files that were not asked about, so their sums stay.
    const asked = new Set<string>(paths);
    for (const [path, sum] of sums) if (!asked.has(path)) alive.set(path, sum);
    await this.#sums.join(alive, keptIn, call);
    return rest;
  }

  /** The sum that the server keeps of a file, or that its bytes give. */
  async #ask(path: BackendPath, call: Call): Promise<Sum | undefined> {
    const head = await this.#service.head(this.#keys.of(path), call);
    if (head === undefined) return undefined;
    const { etag, sha256 } = head;
    if (sha256 !== undefined) return { etag, sha256 };
    const own = this.#shared.sums.get(path);
    if (own?.etag === etag) return own;
    const blocks = await this.#reader.read(path, {}, call);
    if (blocks === undefined) throw notFound(path);
    const sum = { etag, sha256: await checksumOf(blocks, 'sha256') };
    this.#shared.sums.set(path, sum);
    return sum;
  }
}
