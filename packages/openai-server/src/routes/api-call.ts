import type { FaultsOfRequest } from '../faults/fault-plan.ts';
import type { PathIds, Route } from '../route-table.ts';
import type { Service } from '../state/service.ts';
import type { RequestBody } from './request-body.ts';

/** One request on its way through a handler. */
export interface ApiCall {
  readonly service: Service;
  readonly ids: PathIds;
  readonly query: URLSearchParams;
  readonly body: RequestBody;
  readonly faults: FaultsOfRequest;
}

export type Reply = { readonly json: object } | { readonly bytes: Uint8Array };
export type Handler = (call: ApiCall) => Reply | Promise<Reply>;
export type Handlers<Prefix extends string> = Record<Extract<Route, Prefix>, Handler>;
