import { DEFAULT_BLOCK } from '../streams/node-streams.ts';
import { toBytes } from './content.ts';
import type { RangeOptions, ReadSource } from './read-stream.ts';
import type { WriteTarget } from './write-stream.ts';

/** The part of a handle that a stream needs. */
interface OpenFile {
  read(
    buffer: Uint8Array,
    offset: number,
    length: number,
    position: number | null,
  ): Promise<{ readonly bytesRead: number; readonly buffer: NodeJS.ArrayBufferView }>;
  write(bytes: Uint8Array, offset: number, length: number, position: number | null): Promise<unknown>;
  sync(): Promise<void>;
  close(): Promise<void>;
}

/** The bytes of a handle for a stream, with those that the handle wrote: from `start`, or else from the handle's position. */
export class HandleSource implements ReadSource {
  readonly #handle: OpenFile;
  readonly #block: number;
  readonly #start: number | undefined;
  /** Bytes to read. Without a start, `end` counts from the handle's position, as in Node. */
  readonly #length: number;
  #done = 0;

  constructor(handle: OpenFile, { start, end, highWaterMark }: RangeOptions) {
    this.#handle = handle;
    this.#block = highWaterMark ?? DEFAULT_BLOCK;
    this.#start = start;
    this.#length = (end ?? Number.POSITIVE_INFINITY) - (start ?? 0) + 1;
  }

  async open(): Promise<void> {}

  async read(): Promise<Uint8Array | undefined> {
    const length = Math.min(this.#block, this.#length - this.#done);
    if (length <= 0) return undefined;
    const position = this.#start === undefined ? null : this.#start + this.#done;
    const { bytesRead, buffer } = await this.#handle.read(Buffer.alloc(length), 0, length, position);
    this.#done += bytesRead;
    return bytesRead === 0 ? undefined : toBytes(buffer).subarray(0, bytesRead);
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }
}

/** A handle as the target of a stream: from `start`, or else from the handle's position. */
export class HandleTarget implements WriteTarget {
  readonly #handle: OpenFile;
  readonly #start: number | undefined;
  #done = 0;

  constructor(handle: OpenFile, start: number | undefined) {
    this.#handle = handle;
    this.#start = start;
  }

  async open(): Promise<void> {}

  async write(bytes: Uint8Array): Promise<void> {
    const position = this.#start === undefined ? null : this.#start + this.#done;
    await this.#handle.write(bytes, 0, bytes.length, position);
    this.#done += bytes.length;
  }

  async finish(): Promise<void> {
    await this.#handle.sync();
  }

  async abandon(): Promise<void> {
    await this.#handle.close();
  }
}
