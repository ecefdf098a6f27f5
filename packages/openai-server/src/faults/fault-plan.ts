import type { RequestRecord } from '../request-record.ts';
import { ROUTES, type Route } from '../route-table.ts';
import { assertKnown } from './assert-known.ts';
import { FAULTS, type Fault, type FaultKind, type FaultName } from './faults.ts';

/** The requests that a fault hits: those that fit `route` and `where`, after `skip` of them, `times` in all. */
export interface FaultTrigger {
  /** Default: every route. */
  route?: Route | readonly Route[];
  /** A further condition on the request. Default: none. */
  where?: (request: RequestRecord) => boolean;
  /** Requests that fit but are let pass first. Default 0. */
  skip?: number;
  /** Requests to hit. Default 1; `Infinity` until removed. */
  times?: number;
}

/** A fault that waits for its request. */
export interface InjectedFault {
  /** The fault. */
  readonly fault: Fault;
  /** Requests that it has hit. */
  readonly fired: number;
  /** Takes it away again. */
  remove(): void;
}

class Injection implements InjectedFault {
  fired = 0;
  readonly fault: Fault;
  readonly remove: () => void;
  readonly #trigger: FaultTrigger;
  #skipped = 0;

  constructor(fault: Fault, trigger: FaultTrigger, remove: (injection: Injection) => void) {
    this.fault = fault;
    this.#trigger = { ...trigger };
    this.remove = () => remove(this);
  }

  hits(request: RequestRecord): boolean {
    const { route, where, skip = 0, times = 1 } = this.#trigger;
    if (this.fired >= times) return false;
    if (route !== undefined && ![route].flat().some((named) => named === request.route)) return false;
    if (where !== undefined && !where(request)) return false;
    if (this.#skipped < skip) {
      this.#skipped += 1;
      return false;
    }
    this.fired += 1;
    return true;
  }
}

const KINDS = [...new Set(Object.values(FAULTS).map(({ kind }) => kind))];

/** All faults that wait for their requests. */
export class FaultPlan {
  readonly #injections = new Set<Injection>();

  /** @throws `TypeError` for an unknown name */
  inject(fault: Fault | FaultName, trigger: FaultTrigger = {}): InjectedFault {
    if (typeof fault === 'string') assertKnown('fault', [fault], Object.keys(FAULTS));
    else assertKnown('kind of fault', [fault.kind], KINDS);
    assertKnown('part of a trigger', Object.keys(trigger), ['route', 'where', 'skip', 'times']);
    assertKnown('route', [trigger.route ?? []].flat(), Object.keys(ROUTES));
    const injection = new Injection(typeof fault === 'string' ? FAULTS[fault] : fault, trigger, (gone) =>
      this.#injections.delete(gone),
    );
    this.#injections.add(injection);
    return injection;
  }

  clear(): void {
    this.#injections.clear();
  }

  /** The faults that this request meets. */
  take(request: RequestRecord): FaultsOfRequest {
    const hits = [...this.#injections].filter((injection) => injection.hits(request));
    return new FaultsOfRequest(hits.map((injection) => injection.fault));
  }
}

/** The faults that may strike before the work is done or after. */
type LossKind = 'error' | 'reset' | 'silence';
type Loss<K extends LossKind> = Extract<Fault, { kind: K }>;

/** The faults that one request meets. */
export class FaultsOfRequest {
  readonly all: readonly Fault[];

  constructor(all: readonly Fault[]) {
    this.all = all;
  }

  find<K extends FaultKind>(kind: K): Extract<Fault, { kind: K }> | undefined {
    return this.all.find((fault): fault is Extract<Fault, { kind: K }> => fault.kind === kind);
  }

  /** The fault of this kind that strikes before anything is done. */
  before<K extends LossKind>(kind: K): Loss<K> | undefined {
    return this.all.find(
      (fault): fault is Loss<K> => fault.kind === kind && !('committed' in fault && fault.committed),
    );
  }

  /** The fault of this kind that strikes once everything is done. */
  after<K extends LossKind>(kind: K): Loss<K> | undefined {
    return this.all.find(
      (fault): fault is Loss<K> => fault.kind === kind && 'committed' in fault && fault.committed,
    );
  }
}
