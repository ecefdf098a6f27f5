import { randomUUID } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { backendError } from '@f9/core/driver';
import { ownIdentity, ownName, type ProcessIdentity } from '@f9/core/process';
import type { Call } from '../service/call.ts';
import { sha256Of } from '../service/requests.ts';
import type { Condition, Service } from '../service/service.ts';

/** The content of the session's object. */
export interface LeaseState {
  /** The number of the session, which only grows. */
  readonly epoch: number;
  /** Differs in every write, so that every write has another etag. */
  readonly nonce: string;
  readonly isFree: boolean;
  readonly holder: string;
  readonly process: ProcessIdentity;
  /** Milliseconds of silence after which another session may take over. */
  readonly ttl: number;
}

/** A successful write of the object. */
export interface Written {
  readonly etag: string;
  /** The time when it was begun, by this machine's monotonic clock. */
  readonly begun: number;
}

/** The object that names the holder of the session. */
export class LeaseObject {
  readonly #service: Service;
  readonly #key: string;
  /** Milliseconds for which a holder in this process may be silent. */
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

  /** Writes the object if it still has `etag`; `undefined` where it has not. */
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

/** @throws `INTEGRITY` for content that no lease wrote */
function parse(bytes: Uint8Array): LeaseState {
  try {
    const state = JSON.parse(Buffer.from(bytes).toString()) as LeaseState;
    if (Number.isSafeInteger(state.epoch) && typeof state.process.pid === 'number') return state;
  } catch {
    // The error below tells it.
  }
  throw backendError(
    'INTEGRITY',
    'The object ".f9/session" of the vault is none that f9 wrote; when nobody uses the vault, delete it',
  );
}
