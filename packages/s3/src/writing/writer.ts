import { createHash } from 'node:crypto';
import { FileInfo } from '@f9/core';
import {
  alreadyExists,
  assertWritable,
  type BackendPath,
  type ByteSource,
  type FileToWrite,
  isDirectory,
  notDirectory,
  pause,
  regroup,
  type WriteOptions,
  type WriteResults,
} from '@f9/core/driver';
import type { Background } from '../service/background.ts';
import type { Call } from '../service/call.ts';
import type { Condition, ObjectHead, Part, Service, Upload } from '../service/service.ts';
import type { Keys } from '../vault/keys.ts';
import type { Traits } from '../vault/probe.ts';
import type { SharedState } from '../vault/shared-state.ts';
import { GroupLook } from './group-look.ts';
import type { Clash, Neighbours } from './neighbours.ts';
import { type Begun, begin, following, inMemory, type Staged, spooled } from './staged.ts';

/** Bytes of a part of a large object; some stores want all parts to have one size. */
const PART = 16 * 1024 * 1024;
/** Most parts of one object. */
const MAX_PARTS = 10_000;
/** Most bytes of an object that one request can write. */
const MAX_PUT = 5 * 1024 ** 3;
/** Most milliseconds before a writer that met another at a path tries again. */
const APART = 100;

/** Puts an object; `undefined` where the condition does not hold. */
type PutObject = (condition: Condition) => Promise<ObjectHead | undefined>;

/** Most bytes of one file, by the way a store writes large ones. */
export function maxFileSizeOf(traits: Traits | undefined): number {
  return traits?.conditionalComplete === true ? PART * MAX_PARTS : MAX_PUT;
}

/** Looks for a conflict of a file that was written. */
type Look = (path: BackendPath) => Promise<Clash | undefined>;

interface WriteCall extends Call {
  /** Default: for this file alone. */
  readonly look?: Look;
}

/** Gives the call of one write among many. */
export type CallOf = (path: BackendPath) => Call;

/** Gives what a writer needs to know of the file at a path. */
export type LookAt = (path: BackendPath, call: Call) => Promise<FileInfo | undefined>;

/** Writes files, all or nothing, each by one conditional request. */
export class Writer {
  readonly #background: Background;
  readonly #service: Service;
  readonly #keys: Keys;
  readonly #shared: SharedState;
  readonly #neighbours: Neighbours;
  readonly #lookAt: LookAt;

  constructor(
    service: Service,
    background: Background,
    keys: Keys,
    shared: SharedState,
    neighbours: Neighbours,
    lookAt: LookAt,
  ) {
    this.#background = background;
    this.#service = service;
    this.#keys = keys;
    this.#shared = shared;
    this.#neighbours = neighbours;
    this.#lookAt = lookAt;
  }

  async write(
    path: BackendPath,
    source: ByteSource,
    options: WriteOptions,
    call: WriteCall,
  ): Promise<FileInfo> {
    // A new file whose bytes are at hand needs no look before: the store itself refuses it if one is there.
    const isPlain =
      source instanceof Uint8Array && options.ifExists === 'fail' && options.ifMissing === 'create';
    const current = isPlain && options.ifMatch === undefined ? undefined : await this.#lookAt(path, call);
    if (!isPlain) assertWritable(path, current, options);
    const begun = await begin(source, call.signal);
    if (begun.rest === undefined) {
      return await this.#writeStaged(path, inMemory(begun.chunks), current, options, call);
    }
    if (this.#traits.conditionalComplete) return await this.#writeParts(path, begun, current, options, call);
    return await this.#writeStaged(path, await spooled(begun, call.signal), current, options, call);
  }

  /** Writes each file; new ones share one look for conflicts. */
  async writeMany(files: readonly FileToWrite[], calls: CallOf): Promise<WriteResults> {
    const group = new GroupLook(this.#neighbours, files.length);
    return await Promise.allSettled(
      files.map(async ({ path, source, ...options }) => {
        let isIn = true;
        const look: Look = async (at) => {
          // Only the first look is shared: a file that has to give way tries again alone.
          if (!isIn) return await this.#neighbours.clash(at);
          isIn = false;
          return await group.arrive(at);
        };
        try {
          return await this.write(path, source, options, { ...calls(path), look });
        } finally {
          if (isIn) group.leave();
        }
      }),
    );
  }

  /** Copies a file within the store. @throws `BUSY` through `sourceChanged` */
  async copy(
    from: BackendPath,
    seen: ObjectHead,
    to: BackendPath,
    options: WriteOptions,
    { call, sourceChanged }: { readonly call: WriteCall; readonly sourceChanged: () => Error },
  ): Promise<FileInfo> {
    const current = await this.#lookAt(to, call);
    assertWritable(to, current, options);
    const put: PutObject = async (condition) => {
      const copied = await this.#service.copy(this.#keys.of(from), seen, this.#keys.of(to), condition, call);
      if (copied === 'source changed') throw sourceChanged();
      return copied;
    };
    return await this.#settle(to, put, current, options, call);
  }

  async #writeStaged(
    path: BackendPath,
    staged: Staged,
    current: FileInfo | undefined,
    options: WriteOptions,
    call: WriteCall,
  ): Promise<FileInfo> {
    try {
      const { body, sha256 } = staged;
      const put: PutObject = (condition) =>
        this.#service.put(
          {
            key: this.#keys.of(path),
            body,
            sha256,
            md5: call.fence === undefined ? undefined : staged.md5,
            condition,
          },
          call,
        );
      return await this.#settle(path, put, current, options, call);
    } finally {
      await staged.dispose();
    }
  }

  async #writeParts(
    path: BackendPath,
    begun: Begun,
    current: FileInfo | undefined,
    options: WriteOptions,
    call: WriteCall,
  ): Promise<FileInfo> {
    const upload = await this.#service.createUpload(this.#keys.of(path), call);
    let isMade = false;
    try {
      const { parts, size, sha256 } = await this.#uploadParts(upload, begun, call);
      const put: PutObject = async (condition) => {
        const head = await this.#service.completeUpload(upload, parts, size, condition, call);
        return head && { ...head, sha256 };
      };
      const info = await this.#settle(path, put, current, options, call);
      isMade = true;
      return info;
    } finally {
      if (!isMade) {
        await this.#background
          .finish(this.#service.abortUpload(upload, {}), call.signal)
          .catch(() => undefined);
      }
    }
  }

  /** Uploads the parts, each while the next one is read. */
  async #uploadParts(
    upload: Upload,
    begun: Begun,
    call: Call,
  ): Promise<{ readonly parts: readonly Part[]; readonly size: number; readonly sha256: string }> {
    const hash = createHash('sha256');
    const parts: Part[] = [];
    let size = 0;
    let number = 0;
    let sending: Promise<unknown> | undefined;
    try {
      for await (const bytes of regroup(following(begun), PART)) {
        call.signal?.throwIfAborted();
        hash.update(bytes);
        size += bytes.length;
        await sending;
        sending = this.#service.uploadPart(upload, ++number, bytes, call).then((part) => parts.push(part));
        // Its failure is thrown when the next part waits for it.
        sending.catch(() => undefined);
      }
      await sending;
    } finally {
      await sending?.catch(() => undefined);
    }
    return { parts, size, sha256: hash.digest('hex') };
  }

  /** Puts the object, again where others interfere, until it is there or may not be. */
  async #settle(
    path: BackendPath,
    put: PutObject,
    seen: FileInfo | undefined,
    options: WriteOptions,
    call: WriteCall,
  ): Promise<FileInfo> {
    let current = seen;
    for (;;) {
      call.signal?.throwIfAborted();
      const head = await this.#put(path, put, current, options, call);
      if (head !== undefined) {
        // A replaced file needs no look, since no directory can be where a file was.
        if (current !== undefined) return this.#written(path, head);
        const clash = await this.#background.finish(this.#giveWay(path, head, call.look), call.signal);
        if (clash === undefined) return this.#written(path, head);
        if (clash !== 'gone') throw clashError(path, clash, options);
        // Two files met and both were removed: the one that comes back first gets the path.
        await pause(Math.random() * APART, call.signal);
      }
      current = await this.#lookAt(path, call);
      assertWritable(path, current, options);
    }
  }

  async #put(
    path: BackendPath,
    put: PutObject,
    current: FileInfo | undefined,
    options: WriteOptions,
    { signal, ...call }: WriteCall,
  ): Promise<ObjectHead | undefined> {
    const locked = async (): Promise<ObjectHead | undefined> => {
      if (this.#traits.conditionalPut) {
        return await put(
          current?.etag === undefined ? { kind: 'nothing' } : { kind: 'version', etag: current.etag },
        );
      }
      // The store does not check, so the check is made here, within this process.
      const now = await this.#lookAt(path, { signal, ...call });
      assertWritable(path, now, options);
      return (now === undefined) === (current === undefined) ? await put({ kind: 'anything' }) : undefined;
    };
    return await this.#shared.pathLocks.run(path, locked, signal);
  }

  /** Removes a new file again where it met a directory, or a file in place of its directory; `'gone'` where that is gone as well. */
  async #giveWay(
    path: BackendPath,
    head: ObjectHead,
    look: Look = (at) => this.#neighbours.clash(at),
  ): Promise<Clash | 'gone' | undefined> {
    const clash = await look(path);
    if (clash === undefined) return undefined;
    const key = this.#keys.of(path);
    await this.#shared.pathLocks.run(path, async () => {
      const now = await this.#service.head(key, {});
      // If somebody has replaced the file, it is for them to look.
      if (now === undefined || now.writeId !== head.writeId) return;
      await this.#service.delete(key, this.#traits.conditionalDelete ? now.etag : undefined, {});
    });
    return (await this.#neighbours.clash(path)) ?? 'gone';
  }

  #written(path: BackendPath, { etag, size, modifiedAt, sha256 }: ObjectHead): FileInfo {
    if (sha256 !== undefined) this.#shared.sums.set(path, { etag, sha256 });
    return new FileInfo({ path, fileType: 'file', size, modifiedAt, etag, checksum: sha256 });
  }

  get #traits(): Traits {
    return this.#shared.traits!;
  }
}

function clashError(path: BackendPath, clash: Clash, { ifExists }: WriteOptions): Error {
  if (clash.kind === 'parent is a file') return notDirectory(clash.path);
  return ifExists === 'fail' ? alreadyExists(path) : isDirectory(path, 'be replaced by a file');
}
