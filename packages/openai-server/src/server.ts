import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { assertKnown } from './faults/assert-known.ts';
import type { FaultTrigger, InjectedFault } from './faults/fault-plan.ts';
import type { Fault, FaultName } from './faults/faults.ts';
import { RequestPipeline } from './http/request-pipeline.ts';
import type { RequestRecord } from './request-record.ts';
import { type Snapshot, snapshot } from './routes/snapshot.ts';
import { type Limits, PUBLISHED_LIMITS } from './state/limits.ts';
import { type ProcessingRule, Service } from './state/service.ts';
import { type Unkindness, unkindness } from './state/unkindness.ts';

/** Options of `startServer`. */
export interface ServerOptions {
  /**
   * `true` (default): all unkindness. `false`: the service is immediate and exact. An object: all of it except the switches it sets.
   */
  unkind?: boolean | Partial<Unkindness>;
  /** Milliseconds before every answer. Default 0. */
  latency?: number;
  /** The only key that is accepted. Default: any. */
  apiKey?: string;
  /** Names or bytes of files that processing fails on, beside those that it always fails on. Default: none. */
  failsOn?: ProcessingRule;
  /** The port to listen on. Default: a free one. */
  port?: number;
  /** Limits that differ from the service's own. */
  limits?: Partial<Limits>;
}

/** A running server. Its state is in memory and gone after `close()`. */
export interface OpenAIServer extends AsyncDisposable {
  /** The SDK's `baseURL`; ends in `/v1`. */
  readonly url: string;
  /** The requests in the order of their coming. `requests.length = 0` forgets them. */
  readonly requests: RequestRecord[];
  /** The switches; they may be changed at any time. `unkind.settleWithin` bounds their delays. */
  readonly unkind: Unkindness;
  /** The limits of the service. */
  readonly limits: Limits;
  /** Milliseconds before every answer. */
  latency: number;
  /** Files that processing fails on, beside those that it always fails on. */
  failsOn: ProcessingRule | undefined;
  /** True while connections are dropped. */
  readonly down: boolean;
  /** Puts a fault at the next request, or at those that the trigger names. @throws `TypeError` for a name that is none */
  inject(fault: Fault | FaultName, trigger?: FaultTrigger): InjectedFault;
  /** Takes all faults away. */
  clearFaults(): void;
  /**
   * Serves this many more requests, then drops every connection until `resume()`.
   * `loseLastAnswer`: the last one is served, but its answer is dropped too.
   */
  crashAfter(requests: number, options?: { loseLastAnswer?: boolean }): void;
  /** Serves again after `crashAfter`. */
  resume(): void;
  /** Shows every change to all readers now. */
  settle(): void;
  /** Moves the server's clock by milliseconds; back, if negative. */
  advance(milliseconds: number): void;
  /** The contents of the server, whatever its lists show. Looking changes nothing. */
  snapshot(): Snapshot;
  /** Ends every connection, stalled ones too. */
  close(): Promise<void>;
}

const OPTIONS = ['unkind', 'latency', 'apiKey', 'failsOn', 'port', 'limits'];

/**
 * Starts a server on 127.0.0.1 that imitates OpenAI's Files, Uploads and Vector Stores.
 *
 * @throws `TypeError` for an unknown option, switch or limit
 */
export async function startServer(options: ServerOptions = {}): Promise<OpenAIServer> {
  assertKnown('option', Object.keys(options), OPTIONS);
  assertKnown('limit', Object.keys(options.limits ?? {}), Object.keys(PUBLISHED_LIMITS));
  const service = new Service(unkindness(options.unkind ?? true), {
    ...PUBLISHED_LIMITS,
    ...options.limits,
  });
  service.failsOn = options.failsOn;
  const pipeline = new RequestPipeline(service, options.latency ?? 0, options.apiKey);
  // An idle connection that the server closes looks to the client like a lost answer.
  const http = createServer(
    { keepAliveTimeout: 0 },
    (request, response) => void pipeline.serve(request, response),
  );
  http.listen({ port: options.port ?? 0, host: '127.0.0.1', backlog: 4096 });
  await once(http, 'listening');
  return new LoopbackServer(http, service, pipeline);
}

class LoopbackServer implements OpenAIServer {
  readonly url: string;
  readonly #http: Server;
  readonly #service: Service;
  readonly #pipeline: RequestPipeline;

  constructor(http: Server, service: Service, pipeline: RequestPipeline) {
    this.url = `http://127.0.0.1:${(http.address() as AddressInfo).port}/v1`;
    this.#http = http;
    this.#service = service;
    this.#pipeline = pipeline;
  }

  get requests(): RequestRecord[] {
    return this.#pipeline.requests;
  }

  get unkind(): Unkindness {
    return this.#service.unkind;
  }

  get limits(): Limits {
    return this.#service.limits;
  }

  get latency(): number {
    return this.#pipeline.latency;
  }

  set latency(milliseconds: number) {
    this.#pipeline.latency = milliseconds;
  }

  get failsOn(): ProcessingRule | undefined {
    return this.#service.failsOn;
  }

  set failsOn(rule: ProcessingRule | undefined) {
    this.#service.failsOn = rule;
  }

  get down(): boolean {
    return this.#pipeline.crash.down;
  }

  inject(fault: Fault | FaultName, trigger?: FaultTrigger): InjectedFault {
    return this.#pipeline.faults.inject(fault, trigger);
  }

  clearFaults(): void {
    this.#pipeline.faults.clear();
  }

  crashAfter(requests: number, options: { loseLastAnswer?: boolean } = {}): void {
    this.#pipeline.crash.set(requests, options.loseLastAnswer ?? false);
  }

  resume(): void {
    this.#pipeline.crash.resume();
  }

  settle(): void {
    this.#service.settle();
  }

  advance(milliseconds: number): void {
    this.#service.clock.advance(milliseconds);
  }

  snapshot(): Snapshot {
    return snapshot(this.#service);
  }

  async close(): Promise<void> {
    if (!this.#http.listening) return;
    this.#pipeline.close();
    const closed = once(this.#http, 'close');
    this.#http.close();
    this.#http.closeAllConnections();
    await closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
