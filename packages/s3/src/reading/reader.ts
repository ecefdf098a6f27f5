import { createHash, type Hash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { isFileBackendError } from '@f9/core';
import { type BackendPath, backendError, concatBytes, pause, type ReadRange } from '@f9/core/driver';
import { diagnoseSilence, requestError } from '../errors.ts';
import type { Call } from '../service/call.ts';
import { blocksOf, SilenceError } from '../service/exchange.ts';
import { headOf, type ObjectHead, type Service } from '../service/service.ts';
import type { Keys } from '../vault/keys.ts';

/** Times that a whole file is read again when it arrives with other bytes than were written. */
const READ_AGAIN = 2;

/**
 * Reads objects: one version from first byte to last, resumed after a lost connection, and whole files checked against their
 * checksum.
 */
export class Reader {
  readonly #service: Service;
  readonly #keys: Keys;

  constructor(service: Service, keys: Keys) {
    this.#service = service;
    this.#keys = keys;
  }

  /**
   * The bytes as they come; `undefined` where there is no object.
   *
   * @throws `INTEGRITY` after the last byte of a whole file that is not what was written, `BUSY` where it was replaced between two
   * attempts
   */
  async read(
    path: BackendPath,
    range: ReadRange,
    call: Call,
  ): Promise<AsyncIterable<Uint8Array> | undefined> {
    const answer = await this.#open(path, range, undefined, call);
    if (answer === undefined) return undefined;
    return answer === 'past the end' ? none() : this.#blocks(path, range, answer, call);
  }

  /** The bytes at once; `undefined` where there is no object. A file that arrives damaged is read again. */
  async readFile(path: BackendPath, range: ReadRange, call: Call): Promise<Uint8Array | undefined> {
    for (let damaged = 0; ; damaged++) {
      const blocks = await this.read(path, range, call);
      if (blocks === undefined) return undefined;
      try {
        return concatBytes(await Array.fromAsync(blocks));
      } catch (error) {
        if (!isFileBackendError(error, 'INTEGRITY') || damaged >= READ_AGAIN) throw error;
      }
    }
  }

  async #open(
    path: BackendPath,
    range: ReadRange,
    etag: string | undefined,
    call: Call,
  ): Promise<IncomingMessage | 'past the end' | undefined> {
    if (range.length === 0) return (await this.#service.head(this.#keys.of(path), call)) && 'past the end';
    const answer = await this.#service.open(this.#keys.of(path), range, etag, call);
    const status = answer.statusCode!;
    if (status === 200 || status === 206) return answer;
    answer.destroy();
    if (status === 404) return undefined;
    if (status === 416) return 'past the end';
    throw replaced(path);
  }

  async *#blocks(
    path: BackendPath,
    { offset = 0, length }: ReadRange,
    first: IncomingMessage,
    call: Call,
  ): AsyncGenerator<Uint8Array, void, void> {
    const head = headOf(first.headers);
    const end = Math.min(head.size, length === undefined ? Number.POSITIVE_INFINITY : offset + length);
    const isWhole = offset === 0 && end === head.size;
    const hash = isWhole && head.sha256 !== undefined ? createHash('sha256') : undefined;
    // A server that does not know ranges sends the whole object.
    let skip = first.statusCode === 200 ? offset : 0;
    let at = offset;
    let answer = first;
    for (let retries = 0; ; ) {
      try {
        for await (const block of blocksOf(answer, call.signal)) {
          const wanted = block.subarray(Math.min(skip, block.length)).subarray(0, end - at);
          skip -= Math.min(skip, block.length);
          if (wanted.length === 0) continue;
          at += wanted.length;
          retries = 0;
          hash?.update(wanted);
          yield wanted;
        }
        break;
      } catch (error) {
        call.signal?.throwIfAborted();
        if (at >= end) break;
        if (retries >= this.#service.requests.maxRetries) throw this.#cutOff(path, error);
        await pause(this.#service.requests.backOff(retries++), call.signal);
      }
      const rest = { offset: at, length: end - at };
      const next = await this.#open(path, rest, head.etag, call);
      if (next === undefined || next === 'past the end') throw replaced(path);
      answer = next;
      skip = next.statusCode === 200 ? at : 0;
    }
    if (hash !== undefined) assertWritten(path, head, hash);
  }

  #cutOff(path: BackendPath, error: unknown): Error {
    const diagnosis = diagnoseSilence(error instanceof SilenceError);
    return requestError(`read ${JSON.stringify(path)}`, diagnosis, { path, cause: error });
  }
}

async function* none(): AsyncGenerator<Uint8Array, void, void> {}

function assertWritten(path: BackendPath, { sha256 }: ObjectHead, hash: Hash): void {
  if (hash.digest('hex') === sha256) return;
  throw backendError(
    'INTEGRITY',
    `What arrived of ${JSON.stringify(path)} is not what was written: bytes were changed on the way or on the server; read it again, and restore it from a copy if it stays so`,
    { path, retryable: true },
  );
}

function replaced(path: BackendPath): Error {
  return backendError('BUSY', `Somebody else replaced ${JSON.stringify(path)} while it was read; try again`, {
    path,
  });
}
