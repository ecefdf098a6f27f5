import type OpenAI from 'openai';
import type { FaultsOfRequest } from '../faults/fault-plan.ts';
import { invalid } from '../state/api-error.ts';
import type { Service } from '../state/service.ts';
import type { StoredFile } from '../state/stored-files.ts';
import { extension } from '../state/supported-files.ts';
import type { Handlers } from './api-call.ts';
import { page } from './pagination.ts';
import { oneOf, requiredInteger, wrongType } from './validation.ts';

export const PURPOSES = ['assistants', 'batch', 'fine-tune', 'vision', 'user_data', 'evals'] as const;
/** Purposes whose Files the service does not give back. */
const NOT_DOWNLOADABLE: readonly string[] = ['assistants', 'user_data', 'vision'];
const DAY = 24 * 3600;

export const files: Handlers<`files.${string}`> = {
  'files.create': async ({ service, body, faults }) => {
    service.uploadRate.admit();
    const form = await body.form();
    const file = form.get('file');
    const purpose = oneOf(form.get('purpose'), 'purpose', PURPOSES);
    if (!(file instanceof File)) throw invalid("'file' is a required property", 'file');
    if (file.size > service.limits.fileBytes) {
      throw invalid(`File is too large: the maximum is ${service.limits.fileBytes} bytes.`, 'file');
    }
    const bytes = Buffer.from(await file.arrayBuffer());
    const stored = keepFile(service, faults, {
      filename: file.name,
      bytes,
      purpose,
      expiresAfter: formExpiry(form),
    });
    return { json: fileObject(stored) };
  },

  'files.list': (call) => {
    const { service, query } = call;
    const purpose = query.get('purpose');
    const shows = service.files.look();
    const list = page(call, service.files.all, {
      isShown: (file) => shows(file) && (purpose === null || file.purpose === purpose),
      show: fileObject,
      defaultLimit: 10_000,
      maxLimit: 10_000,
    });
    return { json: list };
  },

  'files.retrieve': ({ service, ids }) => ({ json: fileObject(service.files.get(ids.file)) }),

  'files.delete': ({ service, ids, faults }) => {
    const file = service.files.get(ids.file);
    service.files.delete(file, service.settling(faults, 'listedAfter', 0));
    if (!service.unkind.keepsDeletedFiles) {
      for (const store of service.stores) {
        const entry = store.attached(file.id);
        if (entry !== undefined) store.detach(entry, service.settling(faults, 'listedAfter'));
      }
    }
    return { json: { id: file.id, object: 'file', deleted: true } satisfies OpenAI.FileDeleted };
  },

  'files.content': ({ service, ids }) => {
    const file = service.files.get(ids.file);
    if (NOT_DOWNLOADABLE.includes(file.purpose)) {
      throw invalid(`Not allowed to download files of purpose: ${file.purpose}`);
    }
    return { bytes: file.bytes };
  },
};

export interface NewFile {
  filename: string;
  bytes: Buffer;
  purpose: OpenAI.FilePurpose;
  /** Seconds until the file expires. */
  expiresAfter: number | undefined;
}

export function keepFile(service: Service, faults: FaultsOfRequest, file: NewFile): StoredFile {
  if (file.bytes.byteLength === 0) throw invalid('File is empty.', 'file');
  const filename = basename(file.filename);
  if ((file.purpose === 'batch' || file.purpose === 'fine-tune') && extension(filename) !== 'jsonl') {
    throw invalid(`Invalid file format for ${file.purpose}: must be .jsonl`, 'file', 'invalid_file_format');
  }
  const createdAt = service.createdAt();
  const expiresAfter = file.expiresAfter ?? (file.purpose === 'batch' ? 30 * DAY : undefined);
  const stored: StoredFile = {
    id: service.newId('file-'),
    createdAt,
    filename,
    bytes: file.bytes,
    purpose: file.purpose,
    expiresAt: expiresAfter === undefined ? undefined : createdAt + expiresAfter,
    listed: service.settling(faults, 'listedAfter', 0),
  };
  service.files.add(stored);
  return stored;
}

export function fileObject(file: StoredFile): OpenAI.FileObject {
  return {
    object: 'file',
    id: file.id,
    // The SDK's type of the answer lacks 'evals'.
    purpose: file.purpose as OpenAI.FileObject['purpose'],
    filename: file.filename,
    bytes: file.bytes.byteLength,
    created_at: file.createdAt,
    status: 'processed',
    ...(file.expiresAt === undefined ? {} : { expires_at: file.expiresAt }),
  };
}

/** The seconds after which a new file expires: an hour to thirty days. */
export function readFileExpiry(value: unknown): number | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'object') throw wrongType('expires_after', 'an object', value);
  const policy = value as Record<string, unknown>;
  oneOf(policy.anchor, 'expires_after.anchor', ['created_at']);
  return requiredInteger(policy, 'seconds', 3600, 30 * DAY);
}

function formExpiry(form: FormData): number | undefined {
  const seconds = form.get('expires_after[seconds]');
  if (seconds === null) return undefined;
  return readFileExpiry({ anchor: form.get('expires_after[anchor]'), seconds: Number(seconds) });
}

function basename(filename: string): string {
  return filename.slice(Math.max(filename.lastIndexOf('/'), filename.lastIndexOf('\\')) + 1);
}
