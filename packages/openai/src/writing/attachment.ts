import { backendError } from '@f9/core/driver';
import { type Attributes, encodeEntry } from '../entries/attributes.ts';
import type { Entry } from '../entries/entry.ts';
import { OpenAIBackendError } from '../errors.ts';
import type { Call } from '../service/call.ts';
import { type LookPolicy, Patience, untilVisible } from '../service/patience.ts';
import type { Service, StoreFile } from '../service/service.ts';

export interface ProcessingPolicy extends LookPolicy {
  /** Milliseconds that the service may take to process a file. */
  readonly processingTimeout: number;
  /** How often a file whose processing broke off is given to it again. */
  readonly maxRetries: number;
}

/** Adds uploaded Files to the store, and waits until it has processed them. */
export class Attachment {
  readonly #service: Service;
  readonly #policy: ProcessingPolicy;

  constructor(service: Service, policy: ProcessingPolicy) {
    this.#service = service;
    this.#policy = policy;
  }

  /**
   * Resolves once the store has the file, processed, with the attributes as they were given; to false where it has vanished by then,
   * so that somebody else must have removed it.
   */
  async attach(entry: Entry, call: Call): Promise<boolean> {
    const attributes = encodeEntry(entry);
    const chunking = entry.kind === 'part' ? 'coarse' : 'searchable';
    const patience = new Patience(this.#policy);
    for (let retries = 0; ; retries++) {
      const answer = await this.#service.attach(entry.fileId, attributes, chunking, call);
      const file = answer.status === 'in_progress' ? await this.#processed(entry.fileId, call) : answer;
      if (file === undefined) return false;
      if (file.status === 'completed') {
        assertKept(attributes, file, call);
        return true;
      }
      const isBroken = file.status === 'cancelled' || file.last_error?.code === 'server_error';
      if (!isBroken || retries >= this.#policy.maxRetries) throw notProcessed(file, isBroken, call);
      await this.#service.detach(entry.fileId, call);
      await patience.wait(call);
    }
  }

  /** Changes the attributes of a file of the store; false where the store does not know it any more. */
  async update(entry: Entry, call: Call): Promise<boolean> {
    const attributes = encodeEntry(entry);
    const file = await untilVisible(
      () => this.#service.update(entry.fileId, attributes, call),
      this.#policy,
      call,
    );
    if (file === undefined) return false;
    assertKept(attributes, file, call);
    return true;
  }

  /** The file once its processing has ended; `undefined` where the store has not known it for too long. */
  async #processed(fileId: string, call: Call): Promise<StoreFile | undefined> {
    const { processingTimeout } = this.#policy;
    const begun = Date.now();
    const patience = new Patience(this.#policy);
    for (;;) {
      const seen = await this.#service.look(fileId, call);
      if (seen !== undefined && seen.file.status !== 'in_progress') return seen.file;
      if (seen !== undefined) patience.renew();
      else if (patience.isOver()) return undefined;
      if (Date.now() - begun >= processingTimeout) {
        throw new OpenAIBackendError(
          'TIMEOUT',
          `Cannot write${at(call)}: the service has not processed it within ${processingTimeout} ms; try again later, or allow more time (processingTimeout)`,
        );
      }
      await patience.wait(call, seen?.pollAfter);
    }
  }
}

/** @throws `INTEGRITY` where the store kept something else than it was given */
function assertKept(attributes: Attributes, file: StoreFile, call: Call): void {
  const kept = file.attributes ?? {};
  const keys = new Set([...Object.keys(attributes), ...Object.keys(kept)]);
  if ([...keys].every((key) => attributes[key] === kept[key])) return;
  throw backendError(
    'INTEGRITY',
    `Cannot write${at(call)}: the service did not keep the attributes as they were given; check that it supports attributes of files, and try again`,
  );
}

function notProcessed({ status, last_error }: StoreFile, isBroken: boolean, call: Call): OpenAIBackendError {
  const why = status === 'cancelled' ? 'its processing was cancelled' : 'the service could not process it';
  const detail = last_error == null ? '' : ` (${last_error.code}: ${last_error.message.slice(0, 300)})`;
  return new OpenAIBackendError(
    isBroken ? 'UNAVAILABLE' : 'IO',
    `Cannot write${at(call)}: ${why}${detail}; ${isBroken ? 'try again' : 'see what the service accepts'}`,
  );
}

function at({ path }: Call): string {
  return path === undefined ? '' : ` ${JSON.stringify(path)}`;
}
