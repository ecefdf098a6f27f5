import { performance } from 'node:perf_hooks';
import { clearInterval, setInterval } from 'node:timers';
import { backendError, type DriverSession } from '@f9/core/driver';
import type { Fence } from '../service/call.ts';
import type { LeaseObject, Written } from './lease-object.ts';

/** Share of a lease after which its holder takes it for lost, before anybody may take it over. */
const OWN_SHARE = 0.8;
/** Fewest milliseconds for which a signature must be valid, since it counts in whole seconds. */
const LEAST_LEFT = 1000;

/** A session that is held until it ends, or could not be renewed in time. */
export class LeasedSession implements DriverSession, Fence {
  readonly commitOnSuccess = false;
  /** The number of the session, which grows from session to session of a vault. */
  readonly epoch: number;
  readonly #object: LeaseObject;
  readonly #leave: () => void;
  readonly #timer: NodeJS.Timeout;
  #etag: string;
  #deadline: number;
  #isLost = false;
  #renewal: Promise<void> | undefined;

  constructor(object: LeaseObject, epoch: number, { etag, begun }: Written, leave: () => void) {
    this.#object = object;
    this.epoch = epoch;
    this.#etag = etag;
    this.#deadline = begun + object.ttl * OWN_SHARE;
    this.#leave = leave;
    this.#timer = setInterval(() => {
      // The next renewal repeats one that fails; if it comes too late, the next write fails.
      this.#renew().catch(() => undefined);
    }, object.ttl / 3);
    this.#timer.unref();
  }

  /** @throws `LOCK_LOST` where another session may have the vault */
  assertHeld(): void {
    if (performance.now() > this.#deadline) this.#isLost = true;
    if (!this.#isLost) return;
    throw backendError(
      'LOCK_LOST',
      'This session could not be renewed in time, and another one may have the vault; nothing was written. Begin a new session',
    );
  }

  /** Makes sure that the session is held for as long as a request needs. @throws `LOCK_LOST` */
  async ensureHeld(): Promise<void> {
    this.assertHeld();
    if (this.#deadline - performance.now() >= LEAST_LEFT) return;
    await this.renew();
  }

  /** @throws `LOCK_LOST` */
  secondsFrom(now: number): number {
    this.assertHeld();
    const end = now + this.#deadline - performance.now();
    return Math.max(1, Math.floor(end / 1000) - Math.floor(now / 1000));
  }

  /** @throws `LOCK_LOST` */
  async renew(): Promise<void> {
    this.assertHeld();
    await this.#renew();
    this.assertHeld();
  }

  /** Checks only that the session is still held, according to the store: every write was already whole by itself. */
  async commit(): Promise<void> {
    this.assertHeld();
    // A renewal under way may have been answered before the last write.
    await this.#renewal?.catch(() => undefined);
    await this.renew();
  }

  async release(): Promise<void> {
    clearInterval(this.#timer);
    try {
      await this.#renewal?.catch(() => undefined);
      if (this.#isLost || performance.now() > this.#deadline) return;
      // The object is never deleted, since its number must not begin again.
      const condition = { kind: 'version', etag: this.#etag } as const;
      await this.#object.write({ epoch: this.epoch, isFree: true }, condition, {}).catch(() => undefined);
    } finally {
      this.#leave();
    }
  }

  async #renew(): Promise<void> {
    this.#renewal ??= this.#write().finally(() => {
      this.#renewal = undefined;
    });
    await this.#renewal;
  }

  async #write(): Promise<void> {
    const condition = { kind: 'version', etag: this.#etag } as const;
    const written = await this.#object.write({ epoch: this.epoch, isFree: false }, condition, {});
    if (written === undefined) {
      this.#isLost = true;
      return;
    }
    this.#etag = written.etag;
    this.#deadline = written.begun + this.#object.ttl * OWN_SHARE;
  }
}
