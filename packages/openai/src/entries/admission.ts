import { backendError } from '@f9/core/driver';
import type { OpenAIBackendError } from '../errors.ts';

/** Milliseconds for which a store that takes nothing is not tried again. */
const BELIEVED = 60_000;
/** Most contents that are remembered. */
const MAX_REFUSED = 10_000;

/** Remembers what a store refuses, so that it is not tried again and again in vain. */
export class Admission {
  #isProven = false;
  #refusal: { readonly error: OpenAIBackendError; readonly at: number } | undefined;
  /** Checksums of texts and documents, the oldest first. */
  readonly #refused = new Set<string>();

  /** Whether the store has taken something; until then a write gives it one File at a time and waits. */
  get isProven(): boolean {
    return this.#isProven;
  }

  accepted(): void {
    this.#isProven = true;
    this.#refusal = undefined;
  }

  /** Notes that the store takes nothing at all. */
  refuseAll(error: OpenAIBackendError): void {
    this.#refusal = { error, at: Date.now() };
  }

  /** @throws the error of the write that first found the store to take nothing */
  assertOpen(path: string): void {
    if (this.#refusal === undefined) return;
    const { error, at } = this.#refusal;
    if (Date.now() - at >= BELIEVED) this.#refusal = undefined;
    else {
      throw backendError(
        error.code,
        `Cannot write ${JSON.stringify(path)}: the vector store takes no file at all, as another write has found: ${error.message}`,
        { path, retryable: error.retryable, cause: error },
      );
    }
  }

  /** Notes that the service does not process the content with this checksum. */
  refuse(sum: string): void {
    this.#refused.add(sum);
    const [oldest] = this.#refused;
    if (this.#refused.size > MAX_REFUSED) this.#refused.delete(oldest!);
  }

  isRefused(sum: string): boolean {
    return this.#refused.has(sum);
  }
}
