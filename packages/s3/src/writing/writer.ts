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
  regroup,
  type WriteOptions,
  type WriteResults,
} from '@f9/core/driver';
import type { Call } from '../service/call.ts';
import { pause } from '../service/pause.ts';
import type { Condition, ObjectHead, Part, Service, Upload } from '../service/service.ts';
import type { Keys } from '../vault/keys.ts';
import type { Traits } from '../vault/probe.ts';
import type { SharedState } from '../vault/shared-state.ts';
import { Background } from './background.ts';
import { GroupLook } from './group-look.ts';
import type { Clash, Neighbours } from './neighbours.ts';
import { type Begun, begin, following, inMemory, type Staged, spooled } from './staged.ts';

/** Bytes of a part of a large object; some stores want all parts to have one size. */
const PART = 16 * 1024 * 1024;
/** Parts of one object at most. */
const MAX_PARTS = 10_000;
/** Bytes of an object that one request can write. */
const MAX_PUT = 5 * 1024 ** 3;
/** Milliseconds within which whoever met somebody at a path tries again. */
const APART = 100;

/** Puts an object, if what is there is what is expected; `undefined` where it is not. */
type PutObject = (condition: Condition) => Promise<ObjectHead | undefined>;

/** Bytes that one file can have, by how a store writes large ones. */
export function maxFileSizeOf(traits: Traits | undefined): number {
  return traits?.conditionalComplete === true ? PART * MAX_PARTS : MAX_PUT;
}

/** Looks for what is in the way of a file that was written. */
type Look = (path: BackendPath) => Promise<Clash | undefined>;

interface WriteCall extends Call {
  /** Default: for this file alone. */
  readonly look?: Look;
}

/** The call that one of many writes makes. */
export type CallOf = (path: BackendPath) => Call;

/** What a writer needs to know of what is at a path. */
export type LookAt = (path: BackendPath, call: Call) => Promise<FileInfo | undefined>;

/** Writes files, all or nothing, by one conditional request each. */
export class Writer {
  readonly background: Background = new Background();
  readonly #service: Service;
  readonly #keys: Keys;
  readonly #shared: SharedState;
  readonly #neighbours: Neighbours;
  readonly #lookAt: LookAt;

  constructor(service: Service, keys: Keys, shared: SharedState, neighbours: Neighbours, lookAt: LookAt) {
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
    // What makes a new file of bytes that are here needs no look before: the store itself refuses it.
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

  /** Writes each file; those that are new look together for what is in their way. */
  async writeMany(files: readonly FileToWrite[], calls: CallOf): Promise<WriteResults> {
    const group = new GroupLook(this.#neighbours, files.length);
    return await Promise.allSettled(
      files.map(async ({ path, source, ...options }) => {
        let isIn = true;
        const look: Look = async (at) => {
          // Only its first look is shared: whoever has to give way comes back alone.
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
        await this.background
          .finish(this.#service.abortUpload(upload, {}), call.signal)
          .catch(() => undefined);
      }
    }
  }

  /** One part goes out while the next is read. */
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
        // It is waited for with the next part; until then its failure is nobody's.
        sending.catch(() => undefined);
      }
      await sending;
    } finally {
      await sending?.catch(() => undefined);
    }
    return { parts, size, sha256: hash.digest('hex') };
  }

  /** Puts the object until it is there, or may not be. */
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
        // What replaced a file needs no look: no directory can be where a file was.
        if (current !== undefined) return this.#written(path, head);
        const clash = await this.background.finish(this.#giveWay(path, head, call.look), call.signal);
        if (clash === undefined) return this.#written(path, head);
        if (clash !== 'gone') throw clashError(path, clash, options);
        // Two met, and both went: whoever comes back first has the path.
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
      // The store looks at nothing: within this process it is looked here.
      const now = await this.#lookAt(path, { signal, ...call });
      assertWritable(path, now, options);
      return (now === undefined) === (current === undefined) ? await put({ kind: 'anything' }) : undefined;
    };
    return await this.#shared.pathLocks.run(path, locked, signal);
  }

  /** Takes a new file away again where it met a directory, or a file where its directory should be; `'gone'` where that went as well. */
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
      // Somebody may have replaced it by now: then it is theirs to look.
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
