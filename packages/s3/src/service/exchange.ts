import {
  type Agent,
  type IncomingHttpHeaders,
  type IncomingMessage,
  request as plainRequest,
} from 'node:http';
import { request as secureRequest } from 'node:https';
import type { Readable } from 'node:stream';
import { clearTimeout, setTimeout } from 'node:timers';

/** A body of known length and hash: in memory, or read again for every attempt. */
export type Body = Uint8Array | { readonly length: number; open(): Readable };

/** A request as it goes out. */
export interface Outgoing {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Body | undefined;
}

/** The error where no byte came or went for too long. */
export class SilenceError extends Error {}

/** The error of an answer that ended before it was whole. */
class CutOffError extends Error {}

/** Milliseconds for which an abort waits for the answer to a change. */
const PATIENCE = 1000;

/** Sends one request, and gives the answer once its headers are here; the caller reads the body, or destroys the answer. */
export async function exchange(
  agent: Agent,
  { method, url, headers, body }: Outgoing,
  { signal, timeout }: { readonly signal: AbortSignal | undefined; readonly timeout: number },
): Promise<IncomingMessage> {
  signal?.throwIfAborted();
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const send = url.protocol === 'https:' ? secureRequest : plainRequest;
  const length = body === undefined ? 0 : body.length;
  const withLength = body === undefined ? headers : { ...headers, 'content-length': String(length) };
  const request = send(url, { method, headers: withLength, agent });
  // Errors after the answer have to be listened for too: an unheard one would end the process.
  request.on('error', reject);
  const giveUp = (error: unknown): void => {
    // An answer that ends right now takes the listener for errors of its socket away, and an unheard one would end the process.
    request.socket?.on('error', () => undefined);
    request.destroy(error as Error);
  };
  request.setTimeout(timeout, () => giveUp(new SilenceError()));
  let patience: NodeJS.Timeout | undefined;
  const abort = (): void => {
    // A change that was handed over whole may take place at any moment: who gave it up is told only once that is over.
    const isWhole = body === undefined || body instanceof Uint8Array || request.writableFinished;
    const isChange = method !== 'GET' && method !== 'HEAD';
    if (isChange && isWhole && request.socket) patience = setTimeout(giveUp, PATIENCE, signal?.reason);
    else giveUp(signal?.reason);
  };
  signal?.addEventListener('abort', abort, { once: true });
  const done = (): void => {
    clearTimeout(patience);
    signal?.removeEventListener('abort', abort);
  };
  request.on('close', done);
  request.on('response', (answer) => {
    answer.on('error', () => undefined);
    answer.once('end', done);
    resolve(answer);
  });
  if (body === undefined || body instanceof Uint8Array) request.end(body);
  else {
    const source = body.open();
    source.on('error', giveUp);
    request.on('close', () => source.destroy());
    source.pipe(request);
  }
  try {
    return await promise;
  } catch (error) {
    if (signal?.aborted === true) throw signal.reason;
    throw error;
  }
}

/** The body of an answer, block by block. @throws `CutOffError` where it ends too early, `signal.reason` */
export async function* blocksOf(
  answer: IncomingMessage,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array, void, void> {
  const promised = lengthOf(answer.headers);
  let received = 0;
  try {
    for await (const block of answer as AsyncIterable<Buffer>) {
      received += block.length;
      yield block;
    }
  } catch (error) {
    if (signal?.aborted === true) throw signal.reason;
    throw error instanceof SilenceError ? error : new CutOffError('the answer was cut off', { cause: error });
  } finally {
    answer.destroy();
  }
  if (signal?.aborted === true) throw signal.reason;
  if (!answer.complete || (promised !== undefined && received !== promised)) {
    throw new CutOffError(`${received} of ${promised} bytes came`);
  }
}

/** `Content-Length`. */
function lengthOf(headers: IncomingHttpHeaders): number | undefined {
  const length = Number.parseInt(headers['content-length'] ?? '', 10);
  return Number.isNaN(length) ? undefined : length;
}
