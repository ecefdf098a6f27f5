import { randomUUID } from 'node:crypto';
import { isFileBackendError } from '@f9/core';
import { backendError } from '@f9/core/driver';
import type { Call } from '../service/call.ts';
import { sha256Of } from '../service/requests.ts';
import type { Condition, ObjectHead, Service } from '../service/service.ts';
import type { Keys } from './keys.ts';

/** How a store treats conditions. */
export interface Traits {
  /** Whether a write is refused where its condition does not hold. */
  readonly conditionalPut: boolean;
  /** Whether an etag in a condition stands in quotes. */
  readonly quotesEtags: boolean;
  /** Whether the completion of an upload in parts takes a condition. */
  readonly conditionalComplete: boolean;
  /** Whether a copy takes a condition. */
  readonly conditionalCopy: boolean;
  /** Whether a deletion takes a condition. */
  readonly conditionalDelete: boolean;
  /** Nothing could be tried, since the keys may not write. */
  readonly isReadOnly: boolean;
}

const READ_ONLY: Traits = {
  conditionalPut: true,
  quotesEtags: true,
  conditionalComplete: false,
  conditionalCopy: false,
  conditionalDelete: false,
  isReadOnly: true,
};

const NOTHING: Condition = { kind: 'nothing' };
const OTHER: Condition = { kind: 'version', etag: '00000000000000000000000000000000' };

/**
 * Finds out how a store treats conditions, with an object of its own: some stores ignore conditions without saying so.
 *
 * @throws `NOT_FOUND` without the bucket, `UNAUTHENTICATED`, `INVALID_ARGUMENT` where the endpoint is no server of S3
 */
export async function probe(service: Service, keys: Keys, call: Call): Promise<Traits> {
  const key = keys.ofState(`probe-${randomUUID()}`);
  const put = (text: string, condition: Condition): Promise<ObjectHead | undefined> => {
    const body = Buffer.from(text);
    return service.put({ key, body, sha256: sha256Of(body), condition }, call);
  };
  try {
    const first = await put('first', NOTHING);
    // The store compares nothing, or does not know the header.
    const isIgnored = first !== undefined && (await put('again', NOTHING)) !== undefined;
    if (first === undefined || isIgnored || (await put('other', OTHER)) !== undefined) return without();
    const form = await etagForm(service, first, put);
    if (form === undefined) return without();
    service.quotesEtags = form.quotesEtags;
    const conditionalCopy = await isCopyConditional(service, key, form.head, call);
    const conditionalComplete = await isCompleteConditional(service, key, call);
    const conditionalDelete = await isDeleteConditional(service, key, call);
    return {
      conditionalPut: true,
      quotesEtags: form.quotesEtags,
      conditionalComplete,
      conditionalCopy,
      conditionalDelete,
      isReadOnly: false,
    };
  } catch (error) {
    if (isFileBackendError(error, 'PERMISSION_DENIED')) return READ_ONLY;
    if (!isUnknownHeader(error)) throw error;
    // What the store refuses without a condition as well, it refuses for another reason.
    await put('first', { kind: 'anything' });
    return without();
  } finally {
    await service.delete(key, undefined, { ...call, signal: undefined }).catch(() => undefined);
  }
}

/** @throws `UNSUPPORTED` where a store ignores the conditions of writes */
export function assertConditional({ conditionalPut }: Traits): void {
  if (conditionalPut) return;
  throw backendError(
    'UNSUPPORTED',
    'This store ignores the conditions of writes (If-None-Match, If-Match): of two who write at the same time one would lose what was acknowledged. Use a store that honours them, or open it with conditionalWrites: false (conditional_writes=false in a URI), where only one process may write',
  );
}

function without(): Traits {
  return { ...READ_ONLY, conditionalPut: false, isReadOnly: false };
}

/** Whether the etag belongs in quotes, as the standard says, or without them, as some servers want it. */
async function etagForm(
  service: Service,
  { etag }: ObjectHead,
  put: (text: string, condition: Condition) => Promise<ObjectHead | undefined>,
): Promise<{ readonly quotesEtags: boolean; readonly head: ObjectHead } | undefined> {
  for (const quotesEtags of [true, false]) {
    service.quotesEtags = quotesEtags;
    const head = await put('second', { kind: 'version', etag });
    if (head !== undefined) return { quotesEtags, head };
  }
  return undefined;
}

async function isCopyConditional(
  service: Service,
  key: string,
  head: ObjectHead,
  call: Call,
): Promise<boolean> {
  // A copy of the object onto itself: it exists, so a store that looks refuses.
  const copied = await unlessUnknown(service.copy(key, head, key, NOTHING, call));
  return copied === undefined;
}

async function isCompleteConditional(service: Service, key: string, call: Call): Promise<boolean> {
  const upload = await service.createUpload(key, call);
  try {
    const part = await service.uploadPart(upload, 1, Buffer.from('part'), call);
    return (await unlessUnknown(service.completeUpload(upload, [part], 4, NOTHING, call))) === undefined;
  } finally {
    await service.abortUpload(upload, { ...call, signal: undefined }).catch(() => undefined);
  }
}

async function isDeleteConditional(service: Service, key: string, call: Call): Promise<boolean> {
  const isDeleted = await unlessUnknown(service.delete(key, '00000000000000000000000000000000', call));
  return isDeleted === false;
}

/** Gives `'unknown'` for a store that refuses a header which it does not know: it has not looked. */
async function unlessUnknown<T>(asked: Promise<T>): Promise<T | 'unknown'> {
  try {
    return await asked;
  } catch (error) {
    if (isUnknownHeader(error)) return 'unknown';
    throw error;
  }
}

/** Whether a server does not know a header, which it answers with 400 or 501. */
function isUnknownHeader(error: unknown): boolean {
  return isFileBackendError(error, 'IO') || isFileBackendError(error, 'UNSUPPORTED');
}
