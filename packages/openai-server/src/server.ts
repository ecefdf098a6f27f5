import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { type Answer, answerOf, errorAnswer, send, sendHalf } from './answer.ts';
import { ApiError, notFound } from './api-error.ts';
import type { Handlers } from './call.ts';
import { CrashPoint } from './crash-point.ts';
import { faultError } from './fault-errors.ts';
import { type Fault, type FaultName, FaultPlan, type FaultTrigger, type InjectedFault } from './faults.ts';
import { fileBatches } from './file-batches.ts';
import { files } from './files.ts';
import { type Limits, PUBLISHED_LIMITS } from './limits.ts';
import { readBody } from './request-body.ts';
import type { RequestRecord } from './request-log.ts';
import { matchRoute, type Route } from './routes.ts';
import { Service } from './service.ts';
import { type Snapshot, snapshot } from './snapshot.ts';
import { type Unkindness, unkindness } from './unkindness.ts';
import { uploads } from './uploads.ts';
import { vectorStoreFiles } from './vector-store-files.ts';
import { vectorStores } from './vector-stores.ts';
import { withWrongBytes } from './wrong-bytes.ts';

const handlers: Handlers<Route> = {
  ...files,
  ...uploads,
  ...vectorStores,
  ...vectorStoreFiles,
  ...fileBatches,
};

export interface ServerOptions {
  /** Default `true`: all of it. `false`: everything is immediate and exact. An object: all of it, but for what it names. */
  unkind?: boolean | Partial<Unkindness>;
  /** Milliseconds before every answer. Default 0. */
  latency?: number;
  /** The only key that is accepted. Default: any. */
  apiKey?: string;
  /** Default: a free port. */
  port?: number;
  limits?: Partial<Limits>;
}

/** A running server. All state is in memory and gone after `close()`. */
export class OpenAIServer implements AsyncDisposable {
  /** The SDK's `baseURL`; ends in `/v1`. */
  readonly url: string;
  /** What came, in order. Set `requests.length = 0` to forget it. */
  readonly requests: RequestRecord[] = [];
  /** Milliseconds before every answer. */
  latency: number;
  readonly #server: Server;
  readonly #service: Service;
  readonly #apiKey: string | undefined;
  readonly #faults = new FaultPlan();
  readonly #crash = new CrashPoint();
  readonly #closing = new AbortController();
  #arrived = 0;

  /** @internal Use `startServer`. */
  constructor(server: Server, options: ServerOptions) {
    this.#server = server;
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
    this.latency = options.latency ?? 0;
    this.#apiKey = options.apiKey;
    this.#service = new Service(unkindness(options.unkind ?? true), {
      ...PUBLISHED_LIMITS,
      ...options.limits,
    });
    server.on('request', (request, response) => void this.#serve(request, response));
  }

  /** The switches of unkindness; may be changed at any time. `unkind.settleWithin` bounds every delay. */
  get unkind(): Unkindness {
    return this.#service.unkind;
  }

  get limits(): Limits {
    return this.#service.limits;
  }

  /** Puts a fault at the next request that fits, or where the trigger says. */
  inject(fault: Fault | FaultName, trigger?: FaultTrigger): InjectedFault {
    return this.#faults.inject(fault, trigger);
  }

  /** Removes every fault that was injected. */
  clearFaults(): void {
    this.#faults.clear();
  }

  /**
   * Serves this many more requests, then drops every connection until `resume()`.
   * `loseLastAnswer`: the last one is served, and its answer dropped too.
   */
  crashAfter(requests: number, options: { loseLastAnswer?: boolean } = {}): void {
    this.#crash.set(requests, options.loseLastAnswer ?? false);
  }

  resume(): void {
    this.#crash.resume();
  }

  /** True while connections are dropped. */
  get down(): boolean {
    return this.#crash.down;
  }

  /** Lets every change reach its readers now, instead of within `unkind.settleWithin`. */
  settle(): void {
    this.#service.settle();
  }

  /** Moves the server's clock by milliseconds, back if negative. */
  advance(milliseconds: number): void {
    this.#service.clock.advance(milliseconds);
  }

  /** What the server really holds. Looking at it changes nothing. */
  snapshot(): Snapshot {
    return snapshot(this.#service);
  }

  /** Ends every connection, stalled ones too. */
  async close(): Promise<void> {
    this.#closing.abort();
    if (!this.#server.listening) return;
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://localhost');
    const match = matchRoute(request.method ?? '', url.pathname.replace(/^\/v1/, ''));
    const fate = this.#crash.arrive();
    const record = {
      index: this.#arrived++,
      route: match?.route,
      method: request.method ?? '',
      path: url.pathname,
      query: Object.fromEntries(url.searchParams),
      status: undefined as number | undefined,
      faults: [] as Fault['kind'][],
      dropped: fate === 'drop',
    };
    this.requests.push(record);
    const reset = () => void request.socket.resetAndDestroy();
    if (fate === 'drop') return reset();
    const faults = this.#faults.take(record);
    record.faults = faults.all.map(({ kind }) => kind);

    let answer: Answer;
    try {
      const { fileBytes, partBytes } = this.limits;
      const body = await readBody(request, Math.max(fileBytes, partBytes) + 1024 * 1024);
      if (faults.before('reset')) return reset();
      if (faults.before('silence')) return;
      const early = faults.before('error');
      if (early) throw faultError(early);
      this.#authorize(request);
      if (match === undefined) throw notFound(`Invalid URL (${record.method} ${record.path})`);
      const call = { service: this.#service, ids: match.ids, query: url.searchParams, body, faults };
      const reply = await handlers[match.route](call);
      answer = answerOf(faults.find('wrongBytes') ? withWrongBytes(reply) : reply);
    } catch (error) {
      if (request.destroyed && !request.complete) return;
      answer = errorAnswer(
        error instanceof ApiError ? error : new ApiError(500, String(error), { type: 'server_error' }),
      );
    }

    const delayed = await this.#delay();
    if (!delayed) return;
    if (fate === 'loseAnswer' || faults.after('reset')) return reset();
    if (faults.after('silence')) return;
    const late = faults.after('error');
    if (late) answer = errorAnswer(faultError(late));
    record.status = answer.status;
    response.setHeader('x-request-id', `req_${randomUUID().replaceAll('-', '')}`);
    if (faults.find('stalledBody')) sendHalf(response, answer, () => {});
    else if (faults.find('cutBody')) sendHalf(response, answer, reset);
    else send(response, answer);
  }

  #authorize(request: IncomingMessage): void {
    const key = /^Bearer (\S+)$/.exec(request.headers.authorization ?? '')?.[1];
    if (key === undefined) {
      throw new ApiError(401, "You didn't provide an API key.");
    }
    if (this.#apiKey !== undefined && key !== this.#apiKey) {
      throw new ApiError(401, 'Incorrect API key provided.', { code: 'invalid_api_key' });
    }
  }

  /** False if the server closed meanwhile. */
  async #delay(): Promise<boolean> {
    if (this.latency === 0) return true;
    return delay(this.latency, true, { signal: this.#closing.signal }).catch(() => false);
  }
}

/** Starts a server on 127.0.0.1 that imitates OpenAI's Files, Uploads and Vector Stores. */
export async function startServer(options: ServerOptions = {}): Promise<OpenAIServer> {
  const server = createServer();
  server.listen(options.port ?? 0, '127.0.0.1');
  await once(server, 'listening');
  return new OpenAIServer(server, options);
}
