import type { FaultsOfRequest } from './fault-plan.ts';
import type { RequestBody } from './request-body.ts';
import type { PathIds, Route } from './routes.ts';
import type { Service } from './service.ts';

/** One request on its way through a handler. */
export interface Call {
  readonly service: Service;
  readonly ids: PathIds;
  readonly query: URLSearchParams;
  readonly body: RequestBody;
  readonly faults: FaultsOfRequest;
}

export type Reply = { readonly json: object } | { readonly bytes: Uint8Array };
export type Handler = (call: Call) => Reply | Promise<Reply>;
export type Handlers<Prefix extends string> = Record<Extract<Route, Prefix>, Handler>;
