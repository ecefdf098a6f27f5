import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { type ByteSource, backendError, bytesOf, chunksOf } from '@f9/core/driver';
import type { GitProcess } from './git-process.ts';
import { endProcessTree } from './process-tree.ts';

/** Most bytes of a blob that is handed over whole. */
const SMALL = 1024 * 1024;

/**
 * Contents of files as commits hold them, however large. git is told in advance of all blobs that may be asked for, since a message
 * for each would cost more than a small file.
 */
export class BlobReader implements AsyncDisposable {
  readonly #git: GitProcess;
  readonly #oids: readonly string[];
  /** Number of those that have passed. */
  #position = 0;
  #batch: Batch | undefined;

  /** @param oids blobs that may be asked for, in this order */
  constructor(git: GitProcess, oids: readonly string[]) {
    this.#git = git;
    this.#oids = oids;
  }

  /**
   * A blob, whole if it is small; blobs before it are skipped. @throws `INTEGRITY` if it is not there, or git does not give the whole
   * of it
   */
  async read(oid: string): Promise<ByteSource> {
    // The rest of a blob whose reading was abandoned is still in the pipe.
    if (this.#batch?.isInTheMiddle === true) await this.#end();
    this.#batch ??= new Batch(this.#git, this.#oids.slice(this.#position));
    for (; this.#oids[this.#position] !== oid; this.#position++) await this.#batch.pass();
    this.#position++;
    return await this.#batch.read();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#end();
  }

  async #end(): Promise<void> {
    const batch = this.#batch;
    this.#batch = undefined;
    await batch?.end();
  }
}

/** A `git cat-file --batch` that was given all its requests. */
class Batch {
  isInTheMiddle = false;
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #output: AsyncIterator<Buffer>;
  readonly #closed: Promise<void>;
  /** Blobs that are still to come. */
  #left: number;
  /** Bytes that arrived and were not asked for yet. */
  #rest: Buffer = Buffer.alloc(0);

  constructor(git: GitProcess, oids: readonly string[]) {
    this.#left = oids.length;
    this.#child = git.start(['cat-file', '--batch', '--buffer']);
    this.#child.on('error', () => undefined);
    this.#child.stdin.on('error', () => undefined);
    this.#child.stdin.end(oids.map((oid) => `${oid}\n`).join(''));
    this.#child.stderr.resume();
    this.#output = this.#child.stdout[Symbol.asyncIterator]();
    this.#closed = new Promise((resolve) => this.#child.once('close', () => resolve()));
  }

  async read(): Promise<ByteSource> {
    this.isInTheMiddle = true;
    this.#left--;
    const [, type, length] = (await this.#line()).split(' ');
    if (type !== 'blob') throw incomplete();
    const content = this.#content(Number(length));
    return Number(length) <= SMALL ? await bytesOf(content) : content;
  }

  async pass(): Promise<void> {
    for await (const _ of chunksOf(await this.read()));
  }

  async *#content(length: number): AsyncGenerator<Uint8Array, void, void> {
    for (let left = length; left > 0; ) {
      if (this.#rest.length === 0) this.#rest = await this.#more();
      const chunk = this.#rest.subarray(0, left);
      this.#rest = this.#rest.subarray(chunk.length);
      left -= chunk.length;
      yield chunk;
    }
    await this.#line();
    this.isInTheMiddle = false;
  }

  async end(): Promise<void> {
    if (this.isInTheMiddle || this.#left > 0) endProcessTree(this.#child);
    await this.#output.return?.();
    await this.#closed;
  }

  async #line(): Promise<string> {
    let end = this.#rest.indexOf('\n');
    while (end < 0) {
      this.#rest = Buffer.concat([this.#rest, await this.#more()]);
      end = this.#rest.indexOf('\n');
    }
    const line = this.#rest.subarray(0, end).toString();
    this.#rest = this.#rest.subarray(end + 1);
    return line;
  }

  async #more(): Promise<Buffer> {
    const { value, done } = await this.#output.next();
    if (done === true) throw incomplete();
    return value;
  }
}

function incomplete(): Error {
  return backendError(
    'INTEGRITY',
    'git did not give the whole of a file that a commit holds; open the clone again, which repairs what can be repaired',
  );
}
