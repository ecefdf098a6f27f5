import { hash } from 'node:crypto';
import type { Admission } from '../entries/admission.ts';
import { type Role, uploadName } from '../entries/upload-name.ts';
import { OpenAIBackendError } from '../errors.ts';
import type { Call } from '../service/call.ts';
import type { Service } from '../service/service.ts';
import type { Attachment } from './attachment.ts';
import type { Draft } from './draft.ts';
import type { Rendition } from './rendition.ts';

/** Uploads the Files of writes, each under its name, and records them in the draft. */
export class Uploads {
  readonly #service: Service;
  readonly #attachment: Attachment;
  readonly #admission: Admission;

  constructor(service: Service, attachment: Attachment, admission: Admission) {
    this.#service = service;
    this.#attachment = attachment;
    this.#admission = admission;
  }

  /** Uploads a head's content for search; `undefined` where the service refuses it, now or on an earlier try. */
  async head(draft: Draft, { content, extension }: Rendition, call: Call): Promise<string | undefined> {
    draft.headSum = hash('sha256', content);
    if (this.#admission.isRefused(draft.headSum)) return undefined;
    try {
      return await this.file(draft, 'head', content, call, extension);
    } catch (error) {
      if (!(error instanceof OpenAIBackendError) || !error.isRefusal) throw error;
      draft.refusedSums.push(draft.headSum);
      return undefined;
    }
  }

  /** Uploads a head without content for search. */
  async bare(draft: Draft, call: Call): Promise<string> {
    // The service refuses empty files.
    draft.bareId ??= await this.file(draft, 'bare', `f9 ${draft.writeId}\n`, call);
    return draft.bareId;
  }

  async file(
    draft: Draft,
    role: Role,
    content: Rendition['content'],
    call: Call,
    extension = 'txt',
  ): Promise<string> {
    const name = uploadName(this.#service.vectorStoreId, draft.writeId, role, extension);
    draft.uploads.set(name, undefined);
    const { fileId, isDoubtful } = await this.#service.upload(name, content, call);
    draft.uploads.set(name, fileId);
    draft.isDoubtful ||= isDoubtful;
    return fileId;
  }

  /** The error of a refused File that was needed. A store that takes nothing at all is noted. */
  async refusal(draft: Draft, error: OpenAIBackendError, call: Call): Promise<OpenAIBackendError> {
    if (!error.retryable && !(await this.#attachment.takes(await this.bare(draft, call), call))) {
      this.#admission.refuseAll(error);
    }
    return error;
  }
}
