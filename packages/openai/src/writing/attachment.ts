import { backendError } from '@f9/core/driver';
import type { Admission } from '../entries/admission.ts';
import { encodeEntry, isKept, MARK } from '../entries/attributes.ts';
import type { Entry } from '../entries/entry.ts';
import { OpenAIBackendError } from '../errors.ts';
import type { Call } from '../service/call.ts';
import { type LookPolicy, Patience, untilVisible } from '../service/patience.ts';
import type { Attributes, Chunking, Service, StoreFile } from '../service/service.ts';
import { SharedProgress } from './shared-progress.ts';

export interface ProcessingPolicy extends LookPolicy {
  /** Milliseconds that the service may take to process a file. */
  readonly processingTimeout: number;
  /** Times that a file whose processing broke off is processed again. */
  readonly maxRetries: number;
}

/** The outcome of giving a File to the store. It has `vanished` where somebody else removed it meanwhile. */
export type Attached = 'done' | 'vanished' | { readonly refused: OpenAIBackendError };

/** Adds uploaded Files to the store, and waits until it has processed them. */
export class Attachment {
  readonly #service: Service;
  readonly #admission: Admission;
  readonly #policy: ProcessingPolicy;
  readonly #progress: SharedProgress;

  constructor(service: Service, admission: Admission, policy: ProcessingPolicy) {
    this.#service = service;
    this.#admission = admission;
    this.#policy = policy;
    this.#progress = new SharedProgress(service, policy);
  }

  /** Attaches a file; resolves once the store has processed it and has the attributes as they were given. */
  async attach(entry: Entry, call: Call): Promise<Attached> {
    const attributes = encodeEntry(entry);
    const chunking = entry.kind === 'part' ? 'coarse' : 'searchable';
    const attached = await this.#attach(entry.fileId, attributes, chunking, 'new', call);
    if (attached === 'done') this.#admission.accepted();
    return attached;
  }

  /** Whether the store takes a File that is surely good; it is detached again. */
  async takes(fileId: string, call: Call): Promise<boolean> {
    // With the mark the File can be found as garbage if this process ends in between.
    const attached = await this.#attach(fileId, { [MARK]: 'trial' }, 'searchable', 'again', call);
    await this.#service.detach(fileId, call);
    return attached === 'done';
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

  async #attach(
    fileId: string,
    attributes: Attributes,
    chunking: Chunking,
    when: 'new' | 'again',
    call: Call,
  ): Promise<Attached> {
    const patience = new Patience(this.#policy);
    for (let retries = 0; ; retries++) {
      const answer = await this.#service.attach(fileId, attributes, chunking, call).catch(refusalOf);
      if (answer instanceof OpenAIBackendError) return { refused: answer };
      const file =
        answer.status === 'in_progress'
          ? await this.#processed(fileId, when === 'new' && retries === 0, call)
          : answer;
      if (file === undefined) return 'vanished';
      if (file.status === 'completed') {
        // The answer may have been garbled on its way, so the file is asked for once more.
        const isWhole = isKept(attributes, file.attributes);
        const again = isWhole ? undefined : await this.#service.look(fileId, call);
        assertKept(attributes, again?.file ?? file, call);
        return 'done';
      }
      const isBroken = file.status === 'cancelled' || file.last_error?.code === 'server_error';
      if (!isBroken || retries >= this.#policy.maxRetries) {
        return { refused: notProcessed(file, isBroken, call) };
      }
      await this.#service.detach(fileId, call);
      await patience.wait(call);
    }
  }

  /** The file once its processing has ended; `undefined` where the store has not known it for too long. */
  async #processed(fileId: string, isNew: boolean, call: Call): Promise<StoreFile | undefined> {
    const { processingTimeout } = this.#policy;
    const begun = Date.now();
    const patience = new Patience(this.#policy);
    // A list may still show how the last processing ended.
    const progress = isNew ? this.#progress.join(fileId) : undefined;
    try {
      for (;;) {
        const listed = await progress?.look(call);
        const seen = listed === undefined ? await this.#service.look(fileId, call) : undefined;
        const file = listed ?? seen?.file;
        if (typeof file === 'object' && file.status !== 'in_progress') return file;
        if (file !== undefined) patience.renew();
        else if (patience.isOver()) return undefined;
        if (Date.now() - begun >= processingTimeout) {
          throw new OpenAIBackendError(
            'TIMEOUT',
            `Cannot write${at(call)}: the service has not processed it within ${processingTimeout} ms; try again later, or allow more time (processingTimeout)`,
          );
        }
        await patience.wait(call, seen?.pollAfter);
      }
    } finally {
      progress?.leave();
    }
  }
}

/** @throws `INTEGRITY` where the store kept other attributes than it was given */
function assertKept(attributes: Attributes, file: StoreFile, call: Call): void {
  if (isKept(attributes, file.attributes)) return;
  throw backendError(
    'INTEGRITY',
    `Cannot write${at(call)}: the service did not keep the attributes as they were given; check that it supports attributes of files, and try again`,
  );
}

/** Gives back the error of a File that the service will not take; throws any other. */
function refusalOf(error: unknown): OpenAIBackendError {
  if (error instanceof OpenAIBackendError && error.isRefusal) return error;
  throw error;
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
