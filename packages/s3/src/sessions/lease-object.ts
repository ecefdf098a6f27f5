import { randomUUID } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { backendError } from '@f9/core/driver';
import type { Call } from '../service/call.ts';
import { sha256Of } from '../service/requests.ts';
import type { Condition, Service } from '../service/service.ts';
import { ownIdentity, ownName, type ProcessIdentity } from './process-identity.ts';

/** What the object of the session holds. */
export interface LeaseState {
  /** Only grows: every session has its own. */
  readonly epoch: number;
  /** Another one in every write, so that every write has another etag. */
  readonly nonce: string;
  readonly isFree: boolean;
  readonly holder: string;
  readonly process: ProcessIdentity;
  /** Milliseconds of silence after which another one may take it. */
  readonly ttl: number;
}

/** A write of the object that took place. */
export interface Written {
  readonly etag: string;
  /** When it was begun, by this machine's monotonic clock. */
  readonly begun: number;
}

/** The object that says who holds the session. */
export class LeaseObject {
  readonly #service: Service;
  readonly #key: string;
  /** Milliseconds of silence that a holder of this process may keep. */
  readonly ttl: number;

  constructor(service: Service, key: string, ttl: number) {
    this.#service = service;
    this.#key = key;
    this.ttl = ttl;
  }

  async read(call: Call): Promise<{ readonly etag: string; readonly state: LeaseState } | undefined> {
    const found = await this.#service.get(this.#key, call);
    return found && { etag: found.head.etag, state: parse(found.bytes) };
  }

  /** Writes the object if it still is `etag`; `undefined` where it is not. */
  async write(
    state: Pick<LeaseState, 'epoch' | 'isFree'>,
    condition: Condition,
    call: Call,
  ): Promise<Written | undefined> {
    const begun = performance.now();
    const whole: LeaseState = {
      ...state,
      nonce: randomUUID(),
      holder: ownName(),
      process: ownIdentity(),
      ttl: this.ttl,
    };
    const body = Buffer.from(JSON.stringify(whole));
    const put = { key: this.#key, body, sha256: sha256Of(body), condition, contentType: 'application/json' };
    const head = await this.#service.put(put, call);
    return head && { etag: head.etag, begun };
  }
}

/** @throws `INTEGRITY` for what no lease wrote */
function parse(bytes: Uint8Array): LeaseState {
  try {
    const state = JSON.parse(Buffer.from(bytes).toString()) as LeaseState;
    if (Number.isSafeInteger(state.epoch) && typeof state.process.pid === 'number') return state;
  } catch {
    // Said below.
  }
  throw backendError(
    'INTEGRITY',
    'The object ".f9/session" of the vault is none that f9 wrote; when nobody uses the vault, delete it',
  );
}
