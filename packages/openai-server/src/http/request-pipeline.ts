import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { CrashPoint } from '../faults/crash-point.ts';
import { FaultPlan, type FaultsOfRequest } from '../faults/fault-plan.ts';
import type { FaultKind } from '../faults/faults.ts';
import type { RequestRecord } from '../request-record.ts';
import { matchRoute, type PathIds, type Route } from '../route-table.ts';
import type { Handlers } from '../routes/api-call.ts';
import { fileBatches } from '../routes/file-batches.ts';
import { files } from '../routes/files.ts';
import { readBody } from '../routes/request-body.ts';
import { uploads } from '../routes/uploads.ts';
import { vectorStoreFiles } from '../routes/vector-store-files.ts';
import { vectorStores } from '../routes/vector-stores.ts';
import { ApiError, notFound } from '../state/api-error.ts';
import type { Service } from '../state/service.ts';
import { type Answer, answerOf, errorAnswer, send, sendHalf } from './answer.ts';
import { faultError } from './fault-errors.ts';
import { withWrongBytes } from './wrong-bytes.ts';

const handlers: Handlers<Route> = {
  ...files,
  ...uploads,
  ...vectorStores,
  ...vectorStoreFiles,
  ...fileBatches,
};

/** Bytes that a multipart body may have beside its file. */
const ENVELOPE_BYTES = 1024 * 1024;

type LogEntry = { -readonly [K in keyof RequestRecord]: RequestRecord[K] };

/** The way of a request: the crash point, its faults, the service, the latency, the answer. */
export class RequestPipeline {
  readonly faults: FaultPlan = new FaultPlan();
  readonly crash: CrashPoint = new CrashPoint();
  readonly requests: RequestRecord[] = [];
  latency: number;
  readonly #service: Service;
  readonly #apiKey: string | undefined;
  readonly #closing = new AbortController();
  #arrived = 0;
  #underWay = 0;

  constructor(service: Service, latency: number, apiKey: string | undefined) {
    this.#service = service;
    this.latency = latency;
    this.#apiKey = apiKey;
  }

  async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.#underWay += 1;
    response.once('close', () => {
      this.#underWay -= 1;
    });
    const [path = '', search = ''] = (request.url ?? '').split('?', 2);
    const query = new URLSearchParams(search);
    const match = matchRoute(request.method ?? '', path);
    const fate = this.crash.arrive();
    const record: LogEntry = {
      index: this.#arrived++,
      route: match?.route,
      method: request.method ?? '',
      path,
      query: Object.fromEntries(query),
      status: undefined,
      concurrent: this.#underWay,
      faults: [],
      dropped: fate === 'drop',
    };
    this.requests.push(record);
    if (fate === 'drop') return reset(request);
    const faults = this.faults.take(record);
    record.faults = faults.all.map(({ kind }): FaultKind => kind);

    const answer = await this.#process(request, record, match?.ids, query, faults);
    if (answer === 'silence' || !(await this.#wait())) return;
    if (answer === 'reset' || fate === 'loseAnswer') return reset(request);
    record.status = answer.status;
    response.setHeader('date', new Date(this.#service.clock.now()).toUTCString());
    response.setHeader('x-request-id', `req_${randomUUID().replaceAll('-', '')}`);
    if (faults.find('stalledBody')) sendHalf(response, answer, () => {});
    else if (faults.find('cutBody')) sendHalf(response, answer, () => request.socket.destroy());
    else send(response, answer);
  }

  /** Stops whatever still waits. */
  close(): void {
    this.#closing.abort();
  }

  async #process(
    request: IncomingMessage,
    record: RequestRecord,
    ids: PathIds | undefined,
    query: URLSearchParams,
    faults: FaultsOfRequest,
  ): Promise<Answer | 'reset' | 'silence'> {
    const { fileBytes, partBytes } = this.#service.limits;
    const body = await readBody(request, Math.max(fileBytes, partBytes) + ENVELOPE_BYTES).catch(
      () => undefined,
    );
    if (body === undefined || faults.before('silence')) return 'silence';
    if (faults.before('reset')) return 'reset';
    const refusal = faults.before('error');
    if (refusal) return errorAnswer(faultError(refusal));

    let answer: Answer;
    try {
      this.#authorize(request);
      if (record.route === undefined || ids === undefined) {
        throw notFound(`Invalid URL (${record.method} ${record.path})`);
      }
      const reply = await handlers[record.route]({ service: this.#service, ids, query, body, faults });
      answer = answerOf(faults.find('wrongBytes') ? withWrongBytes(reply) : reply);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      answer = errorAnswer(error);
    }

    if (faults.after('silence')) return 'silence';
    if (faults.after('reset')) return 'reset';
    const lost = faults.after('error');
    return lost ? errorAnswer(faultError(lost)) : answer;
  }

  #authorize(request: IncomingMessage): void {
    const key = /^Bearer (\S+)$/.exec(request.headers.authorization ?? '')?.[1];
    if (key === undefined) throw new ApiError(401, "You didn't provide an API key.");
    if (this.#apiKey !== undefined && key !== this.#apiKey) {
      throw new ApiError(401, 'Incorrect API key provided.', { code: 'invalid_api_key' });
    }
  }

  /** The latency; false if the server closed meanwhile. */
  async #wait(): Promise<boolean> {
    if (this.latency === 0) return true;
    return delay(this.latency, true, { signal: this.#closing.signal }).catch(() => false);
  }
}

function reset(request: IncomingMessage): void {
  request.socket.resetAndDestroy();
}
