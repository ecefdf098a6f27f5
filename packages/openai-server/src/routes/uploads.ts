import { createHash } from 'node:crypto';
import type OpenAI from 'openai';
import { invalid, notFound } from '../state/api-error.ts';
import type { Service } from '../state/service.ts';
import type { StoredUpload } from '../state/stored-upload.ts';
import type { Handlers } from './api-call.ts';
import { fileObject, keepFile, PURPOSES, readFileExpiry } from './files.ts';
import { oneOf, optionalString, requiredInteger, requiredString, stringList } from './validation.ts';

const HOUR = 3600;

export const uploads: Handlers<`uploads.${string}`> = {
  'uploads.create': ({ service, body }) => {
    const request = body.json();
    requiredString(request, 'mime_type');
    const upload: StoredUpload = {
      id: service.newId('upload_'),
      createdAt: service.createdAt(),
      bytes: requiredInteger(request, 'bytes', 1, service.limits.uploadBytes),
      filename: requiredString(request, 'filename'),
      purpose: oneOf(request.purpose, 'purpose', PURPOSES),
      expiresAfter: readFileExpiry(request.expires_after),
      parts: new Map(),
      status: 'pending',
    };
    service.uploads.set(upload.id, upload);
    return { json: uploadObject(service, upload) };
  },

  'uploads.parts.create': async ({ service, ids, body }) => {
    const upload = pendingUpload(service, ids.upload);
    const data = (await body.form()).get('data');
    if (!(data instanceof Blob)) throw invalid("'data' is a required property", 'data');
    if (data.size > service.limits.partBytes) {
      throw invalid(`Part is too large: the maximum is ${service.limits.partBytes} bytes.`, 'data');
    }
    const id = service.newId('part_');
    upload.parts.set(id, Buffer.from(await data.arrayBuffer()));
    return {
      json: {
        id,
        object: 'upload.part',
        created_at: service.createdAt(),
        upload_id: upload.id,
      } satisfies OpenAI.Uploads.UploadPart,
    };
  },

  'uploads.complete': ({ service, ids, body, faults }) => {
    const upload = pendingUpload(service, ids.upload);
    const request = body.json();
    const parts = stringList(request.part_ids, 'part_ids', Number.POSITIVE_INFINITY).map((id) => {
      const part = upload.parts.get(id);
      if (part === undefined) {
        throw invalid(`Part '${id}' does not belong to upload '${upload.id}'.`, 'part_ids');
      }
      return part;
    });
    const bytes = Buffer.concat(parts);
    if (bytes.byteLength !== upload.bytes) {
      throw invalid(`Expected ${upload.bytes} bytes but the parts hold ${bytes.byteLength}.`, 'part_ids');
    }
    const md5 = optionalString(request, 'md5');
    if (md5 !== undefined && md5 !== createHash('md5').update(bytes).digest('hex')) {
      throw invalid('The md5 checksum does not match the uploaded bytes.', 'md5');
    }
    upload.file = keepFile(service, faults, {
      filename: upload.filename,
      bytes,
      purpose: upload.purpose,
      expiresAfter: upload.expiresAfter,
    });
    upload.status = 'completed';
    upload.parts.clear();
    return { json: uploadObject(service, upload) };
  },

  'uploads.cancel': ({ service, ids }) => {
    const upload = pendingUpload(service, ids.upload);
    upload.status = 'cancelled';
    upload.parts.clear();
    return { json: uploadObject(service, upload) };
  },
};

function pendingUpload(service: Service, id: string): StoredUpload {
  const upload = service.uploads.get(id);
  if (upload === undefined) throw notFound(`No such Upload object: ${id}`, 'id');
  const status = statusOf(service, upload);
  if (status !== 'pending') throw invalid(`Upload '${id}' is ${status}.`);
  return upload;
}

function statusOf(service: Service, upload: StoredUpload): OpenAI.Uploads.Upload['status'] {
  const isLate = upload.createdAt + HOUR <= service.clock.second();
  return upload.status === 'pending' && isLate ? 'expired' : upload.status;
}

export function uploadObject(service: Service, upload: StoredUpload): OpenAI.Uploads.Upload {
  return {
    id: upload.id,
    object: 'upload',
    bytes: upload.bytes,
    created_at: upload.createdAt,
    expires_at: upload.createdAt + HOUR,
    filename: upload.filename,
    purpose: upload.purpose,
    status: statusOf(service, upload),
    file: upload.file === undefined ? null : fileObject(upload.file),
  };
}
