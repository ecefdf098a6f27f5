/**
 * Bytes that can be written anywhere and grow. Memory is doubled each time, so that many small writes cost no more than one large
 * one.
 */
export class GrowingBuffer {
  #room: Buffer;
  #size: number;

  constructor(bytes: Uint8Array = new Uint8Array()) {
    this.#room = Buffer.from(bytes);
    this.#size = bytes.length;
  }

  /** A view, good until the next write. */
  get bytes(): Buffer {
    return this.#room.subarray(0, this.#size);
  }

  /** Writes bytes at `start`, and fills a gap before it with zeros. */
  write(bytes: Uint8Array, start: number): void {
    if (start + bytes.length > this.#size) this.resize(start + bytes.length);
    this.#room.set(bytes, start);
  }

  resize(size: number): void {
    if (size > this.#room.length)
      this.#room = Buffer.concat([this.bytes], Math.max(size, 2 * this.#room.length));
    else if (size > this.#size) this.#room.fill(0, this.#size, size);
    this.#size = size;
  }
}
