import { createHash } from 'node:crypto';
import { type IncomingHttpHeaders, type IncomingMessage, Agent as PlainAgent } from 'node:http';
import { Agent as SecureAgent } from 'node:https';
import { isFileBackendError } from '@f9/core';
import { concatBytes, pause, ServiceClock, Slots } from '@f9/core/driver';
import {
  type Diagnosis,
  diagnose,
  diagnoseConnection,
  diagnoseSilence,
  type Refusal,
  requestError,
} from '../errors.ts';
import type { ResolvedOptions } from '../options.ts';
import { type Target, urlOf } from './address.ts';
import type { Call } from './call.ts';
import type { Credentials } from './credentials.ts';
import { type Body, blocksOf, exchange, SilenceError } from './exchange.ts';
import { sign } from './signing.ts';
import { parseAnswer } from './xml.ts';

/** One request of S3. */
export interface S3Request extends Target {
  /** Completes "Cannot …". */
  readonly doing: string;
  readonly method: 'GET' | 'HEAD' | 'PUT' | 'POST' | 'DELETE';
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly body?: Body | undefined;
  /**
   * The hash of the body in lower-case hex, which the server compares with the bytes that arrive. Default: computed, for a body in
   * memory.
   */
  readonly sha256?: string | undefined;
  /** Statuses, beside those of success, that are answers rather than errors. */
  readonly expected?: readonly number[] | undefined;
  /** Whether an answer of success is whole and usable; otherwise the request is sent again. */
  readonly isWhole?: ((text: string) => boolean) | undefined;
  /**
   * Asked before repeating a request that may have been carried out: its answer then counts. Not needed where sending twice does no
   * harm.
   */
  readonly look?: (() => Promise<S3Answer | undefined>) | undefined;
}

/** An answer, its body read. */
export interface S3Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly bytes: Uint8Array;
}

/** Milliseconds by which the clocks may differ without harm: a signature is refused only after 15 minutes. */
const NEGLIGIBLE = 1000;
/** Longest pause before a repetition, in milliseconds. */
const MAX_DELAY = 8000;
/** Most bytes that are read of an error's body. */
const MAX_ERROR = 64 * 1024;
const EMPTY_SHA256 = createHash('sha256').digest('hex');

/** A failed attempt, and the reason. */
class Failure extends Error {
  readonly diagnosis: Diagnosis;
  readonly refusal: Refusal | undefined;
  constructor(diagnosis: Diagnosis, refusal: Refusal | undefined, cause: unknown) {
    super(diagnosis.reason, { cause });
    this.diagnosis = diagnosis;
    this.refusal = refusal;
  }
}

/** Sends requests to a bucket: a few at a time, signed, and repeated where that can help. */
export class Requests {
  readonly clock: ServiceClock = new ServiceClock(NEGLIGIBLE);
  readonly #options: ResolvedOptions;
  readonly #credentials: Credentials;
  readonly #slots: Slots;
  readonly #agent: PlainAgent;
  #region: string;
  /** The time at which the server wants to hear from us again. */
  #resumeAt = 0;

  constructor(options: ResolvedOptions, credentials: Credentials) {
    this.#options = options;
    this.#credentials = credentials;
    this.#slots = new Slots(options.concurrency);
    this.#region = options.region;
    const isSecure = options.endpoint === undefined || options.endpoint.startsWith('https:');
    this.#agent = isSecure ? new SecureAgent({ keepAlive: true }) : new PlainAgent({ keepAlive: true });
  }

  /** Sends a request and reads its answer. */
  async send(request: S3Request, call: Call): Promise<S3Answer> {
    let maybeDone = false;
    return await this.#repeat(request, call, async () => {
      if (maybeDone) {
        const found = await request.look?.();
        if (found !== undefined) return found;
      }
      try {
        return await this.#slots.run(() => this.#attempt(request, call), call.signal);
      } catch (error) {
        maybeDone ||= error instanceof Failure && error.diagnosis.maybeDone;
        throw error;
      }
    });
  }

  /** Sends a request whose answer is read as it comes; the caller reads it to its end, or destroys it. */
  async open(request: S3Request, call: Call): Promise<IncomingMessage> {
    return await this.#repeat(request, call, async () => await this.#answer(request, call));
  }

  /** A URL by which anybody can read an object for some seconds. */
  async presign(target: Target, seconds: number): Promise<string> {
    const keys = await this.#credentials.get();
    const url = urlOf(this.#options, this.#region, target);
    const context = { keys, region: this.#region, now: this.clock.now(), expires: seconds };
    return (await sign({ method: 'GET', url, headers: {} }, context)).url.href;
  }

  /** Milliseconds to wait before the next attempt after `retries` that failed. */
  backOff(retries: number): number {
    // Pauses are random, so that requests which failed together do not come back together.
    return Math.min(this.#options.retryDelay * 2 ** retries, MAX_DELAY) * (0.5 + Math.random() / 2);
  }

  get bucket(): string {
    return this.#options.bucket;
  }

  get maxRetries(): number {
    return this.#options.maxRetries;
  }

  /** Milliseconds of silence after which an answer is given up. */
  get timeout(): number {
    return this.#options.timeout;
  }

  close(): void {
    this.#agent.destroy();
  }

  async #repeat<T>(request: S3Request, call: Call, attempt: () => Promise<T>): Promise<T> {
    const { signal } = call;
    let adapted = 0;
    for (let retries = 0; ; ) {
      signal?.throwIfAborted();
      await this.#waitUntilWelcome(signal);
      try {
        return await attempt();
      } catch (error) {
        signal?.throwIfAborted();
        if (!(error instanceof Failure)) throw error;
        const { diagnosis, refusal } = error;
        if (
          refusal !== undefined &&
          adapted < 3 &&
          (await this.#adapt(request, refusal, call, adapted === 0))
        ) {
          adapted++;
          continue;
        }
        if (!diagnosis.isTransient || retries >= this.#options.maxRetries)
          throw this.#explain(request, error, call);
        if (refusal?.retryAfter !== undefined) {
          this.#resumeAt = Math.max(this.#resumeAt, Date.now() + Math.min(refusal.retryAfter, 60_000));
        }
        await pause(this.backOff(retries++), signal);
      }
    }
  }

  #explain({ doing }: S3Request, { diagnosis, refusal, cause }: Failure, { path }: Call): Error {
    const where = path === undefined ? '' : ` ${JSON.stringify(path)}`;
    const clean = { ...diagnosis, reason: this.#credentials.redact(diagnosis.reason) };
    return requestError(`${doing}${where}`, clean, { path, cause, requestId: refusal?.requestId });
  }

  /** Learns from a refusal what the next attempt must do differently: region, time, or keys. */
  async #adapt(request: S3Request, refusal: Refusal, call: Call, isFirst: boolean): Promise<boolean> {
    const { code, status, region } = refusal;
    if (region !== undefined && [301, 307, 400].includes(status)) {
      this.#region = region;
      return true;
    }
    // The clock has taken the time from the refusal.
    if (code === 'RequestTimeTooSkewed') return true;
    if (EXPIRED_CODES.includes(code) && this.#credentials.canRenew) {
      this.#credentials.renew();
      return true;
    }
    // A signature that expired on its way is refused like missing rights.
    if (call.fence !== undefined && status === 403 && request.method !== 'HEAD') {
      await call.fence.renew();
      return true;
    }
    // The refusal of a HEAD has no body to say why, so a request with one is sent.
    if (isFirst && request.method === 'HEAD' && [301, 400, 403].includes(status)) {
      await this.send({ ...PROBING, doing: request.doing }, call);
      return true;
    }
    return false;
  }

  async #waitUntilWelcome(signal: AbortSignal | undefined): Promise<void> {
    for (let wait = this.#resumeAt - Date.now(); wait > 0; wait = this.#resumeAt - Date.now()) {
      await pause(wait, signal);
    }
  }

  async #attempt(request: S3Request, call: Call): Promise<S3Answer> {
    const answer = await this.#answer(request, call);
    const { headers } = answer;
    const status = answer.statusCode!;
    // A HEAD's answer, too, is over only once it is read, although it has a length and no body.
    const bytes = request.method === 'HEAD' ? await drained(answer) : await this.#bytesOf(answer, call);
    if (status < 300) this.#assertDone(request, bytes, headers);
    else if (status === 404) this.#assertBucket(bytes, headers);
    return { status, headers, bytes };
  }

  /** Checks an answer of status 200: some servers send that before they know, and then an error. */
  #assertDone({ isWhole }: S3Request, bytes: Uint8Array, headers: IncomingHttpHeaders): void {
    if (isWhole === undefined) return;
    const text = Buffer.from(bytes).toString();
    const refusal = refusalOf(text, 500, headers);
    if (refusal.code !== '') throw new Failure(diagnose(refusal), refusal, undefined);
    if (!isWhole(text)) throw new Failure(diagnoseSilence(false), undefined, undefined);
  }

  /** Throws for a missing bucket, and for what is no server of S3, since only a missing object is an answer. */
  #assertBucket(bytes: Uint8Array, headers: IncomingHttpHeaders): void {
    const refusal = refusalOf(Buffer.from(bytes).toString(), 404, headers);
    if (refusal.code === 'NoSuchBucket' || (refusal.isForeign && bytes.length > 0)) {
      throw new Failure(diagnose(refusal), refusal, undefined);
    }
  }

  async #bytesOf(answer: IncomingMessage, { signal }: Call): Promise<Uint8Array> {
    try {
      return concatBytes(await Array.fromAsync(blocksOf(answer, signal)));
    } catch (error) {
      signal?.throwIfAborted();
      throw new Failure(diagnoseSilence(error instanceof SilenceError), undefined, error);
    }
  }

  /** The answer of one attempt, its body unread. @throws `Failure` */
  async #answer(request: S3Request, { signal, fence }: Call): Promise<IncomingMessage> {
    const keys = await this.#credentials.get();
    const { body } = request;
    const region = this.#region;
    const sha256 = request.sha256 ?? (body instanceof Uint8Array ? sha256Of(body) : EMPTY_SHA256);
    const outgoing = {
      method: request.method,
      url: urlOf(this.#options, region, request),
      headers: { ...request.headers, 'x-amz-content-sha256': sha256 },
      body,
    };
    const now = this.clock.now();
    const context = { keys, region, now, expires: fence?.secondsFrom(now) };
    const signed = await sign(outgoing, context);
    const sent = Date.now();
    let answer: IncomingMessage;
    try {
      answer = await exchange(this.#agent, signed, { signal, timeout: this.#options.timeout });
    } catch (error) {
      signal?.throwIfAborted();
      if (isFileBackendError(error)) throw error;
      const isTimeout = error instanceof SilenceError;
      throw new Failure(diagnoseConnection(error, isTimeout, placeOf(this.#options)), undefined, error);
    }
    const { statusCode: status = 0, headers } = answer;
    this.clock.hear(headers.date, sent, Date.now());
    if ((status >= 200 && status < 300) || request.expected?.includes(status) === true) return answer;
    const text = await errorText(answer, request.method === 'HEAD', signal);
    const told = refusalOf(text, status, headers);
    // Of several that go astray at once each has to be sent again, also once the first has learned the region.
    const refusal = {
      ...told,
      region: told.region === region ? undefined : told.region,
      isForeign: told.isForeign && request.method !== 'HEAD',
    };
    const named = region === this.#options.region ? undefined : region;
    throw new Failure(diagnose(refusal, named), refusal, undefined);
  }
}

/** What leads to the server, as whoever cannot reach it has to check it. */
function placeOf({ endpoint, addressing }: ResolvedOptions): string {
  if (endpoint === undefined) return 'the region';
  return addressing === 'path' ? 'the endpoint' : 'the endpoint and the addressing';
}

const EXPIRED_CODES: readonly string[] = [
  'ExpiredToken',
  'ExpiredTokenException',
  'InvalidToken',
  'TokenRefreshRequired',
];

/** A request that changes nothing and whose refusal has a body with the reason. */
const PROBING: Omit<S3Request, 'doing'> = { method: 'GET', query: { 'list-type': '2', 'max-keys': '1' } };

/** The error in an answer; its code is empty where the answer has none. */
function refusalOf(text: string, status: number, headers: IncomingHttpHeaders): Refusal {
  const answer = parseAnswer(text);
  const error = answer?.name === 'Error' ? answer : undefined;
  const seconds = Number.parseFloat(headers['retry-after'] ?? '');
  const region = headers['x-amz-bucket-region']?.toString() ?? answer?.text('Region');
  return {
    status,
    code: error?.text('Code') ?? '',
    message: error?.text('Message') ?? '',
    requestId: headers['x-amz-request-id']?.toString(),
    retryAfter: seconds >= 0 ? seconds * 1000 : undefined,
    region: region !== undefined && /^[\w-]+$/.test(region) ? region : undefined,
    // An answer that numbers its request is one of S3, damaged on its way.
    isForeign: error === undefined && headers['x-amz-request-id'] === undefined,
  };
}

async function errorText(
  answer: IncomingMessage,
  isHead: boolean,
  signal: AbortSignal | undefined,
): Promise<string> {
  if (isHead) {
    await drained(answer);
    return '';
  }
  const blocks: Uint8Array[] = [];
  try {
    for await (const block of blocksOf(answer, signal)) {
      blocks.push(block);
      if (blocks.length * block.length > MAX_ERROR) break;
    }
  } catch {
    signal?.throwIfAborted();
    // The body is no error that can be read; the status is enough.
  }
  return Buffer.from(concatBytes(blocks)).toString();
}

/** Reads the rest of an answer without a body. */
async function drained(answer: IncomingMessage): Promise<Uint8Array> {
  const { promise, resolve } = Promise.withResolvers<void>();
  answer.once('end', resolve).once('close', resolve).resume();
  await promise;
  return new Uint8Array();
}

/** The SHA-256 in lower-case hex. */
export function sha256Of(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
