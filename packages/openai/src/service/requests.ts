import { clearTimeout, setTimeout } from 'node:timers';
import { isFileBackendError } from '@f9/core';
import { pause, Slots } from '@f9/core/driver';
import { AttemptTimeout, type Diagnosis, diagnose, requestError } from '../errors.ts';
import type { Call } from './call.ts';

export interface RequestPolicy {
  /** Requests under way at the same time. */
  readonly concurrency: number;
  /** Milliseconds for one attempt, its body included. */
  readonly timeout: number;
  /** Attempts after the first. */
  readonly maxRetries: number;
  /** Milliseconds before the first of them, doubled before each next one. */
  readonly retryDelay: number;
  /** Kept out of every error. */
  readonly secret: string | undefined;
}

/** Options of each attempt for the SDK, which must not retry by itself. */
export interface AttemptOptions {
  readonly signal: AbortSignal;
  readonly timeout: number;
  readonly maxRetries: 0;
}

/** Longest pause, in milliseconds, before a repetition that the service did not ask for. */
const MAX_DELAY = 8000;
/** Longest pause, in milliseconds, that the service may ask for; for a longer one the caller gets the error. */
const MAX_RETRY_AFTER = 120_000;

/** Sends requests: a few at a time, each with a deadline, and repeated where that can help. */
export class Requests {
  readonly #policy: RequestPolicy;
  readonly #slots: Slots;
  /** The time at which the service wants to hear from us again. */
  #resumeAt = 0;

  constructor(policy: RequestPolicy) {
    this.#policy = policy;
    this.#slots = new Slots(policy.concurrency);
  }

  /**
   * Sends a request that may safely be sent twice.
   *
   * @param doing completes "Cannot …"
   */
  async send<T>(
    doing: string,
    { signal, path }: Call,
    request: (options: AttemptOptions) => PromiseLike<T>,
  ): Promise<T> {
    for (let retries = 0; ; retries++) {
      signal?.throwIfAborted();
      await this.#waitUntilWelcome(signal);
      try {
        return await this.#slots.run(() => this.#attempt(request, signal), signal);
      } catch (error) {
        signal?.throwIfAborted();
        if (isFileBackendError(error)) throw error;
        const diagnosis = diagnose(error);
        if (!this.#isWorthRepeating(diagnosis, retries)) {
          throw requestError(doing, diagnosis, { path, cause: error, secret: this.#policy.secret });
        }
        await this.#waitAfter(diagnosis, retries, signal);
      }
    }
  }

  #isWorthRepeating({ isTransient, retryAfter = 0 }: Diagnosis, retries: number): boolean {
    return isTransient && retries < this.#policy.maxRetries && retryAfter <= MAX_RETRY_AFTER;
  }

  async #waitAfter(
    { retryAfter }: Diagnosis,
    retries: number,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    if (retryAfter !== undefined) this.#resumeAt = Math.max(this.#resumeAt, Date.now() + retryAfter);
    // Pauses are random, so that requests which failed together do not come back together.
    const longest = Math.min(this.#policy.retryDelay * 2 ** retries, MAX_DELAY);
    await pause(longest * (0.5 + Math.random() / 2), signal);
  }

  /** Waits as long as the service asked for: a pause that one request is told of holds for all. */
  async #waitUntilWelcome(signal: AbortSignal | undefined): Promise<void> {
    for (let wait = this.#resumeAt - Date.now(); wait > 0; wait = this.#resumeAt - Date.now()) {
      await pause(wait, signal);
    }
  }

  /** Makes one attempt. The SDK's own timeout ends with the headers of some answers, so that a body that stalls would hang. */
  async #attempt<T>(
    request: (options: AttemptOptions) => PromiseLike<T>,
    signal: AbortSignal | undefined,
  ): Promise<T> {
    signal?.throwIfAborted();
    const { timeout } = this.#policy;
    const controller = new AbortController();
    const timer = setTimeout(() => controller.abort(new AttemptTimeout()), timeout);
    const abort = (): void => controller.abort(signal?.reason);
    signal?.addEventListener('abort', abort, { once: true });
    try {
      const ended = new Promise<never>((_, reject) => {
        controller.signal.addEventListener('abort', () => reject(controller.signal.reason), { once: true });
      });
      return await Promise.race([request({ signal: controller.signal, timeout, maxRetries: 0 }), ended]);
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
    }
  }
}
