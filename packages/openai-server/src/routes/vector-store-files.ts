import type OpenAI from 'openai';
import type { FaultsOfRequest } from '../faults/fault-plan.ts';
import { invalid, notFound } from '../state/api-error.ts';
import {
  AttachedFile,
  type Attributes,
  type Chunking,
  type Outcome,
  type Status,
} from '../state/attached-file.ts';
import type { Collection } from '../state/collection.ts';
import { contentParts, parse } from '../state/parsed-content.ts';
import type { Service } from '../state/service.ts';
import type { Store } from '../state/store.ts';
import type { StoredFile } from '../state/stored-files.ts';
import { extension, isSupported, isText } from '../state/supported-files.ts';
import type { ApiCall, Handlers } from './api-call.ts';
import { readChunking } from './chunking.ts';
import { type Page, page } from './pagination.ts';
import { oneOf, readAttributes, requiredString } from './validation.ts';

type VectorStoreFile = OpenAI.VectorStores.VectorStoreFile;

const STATUSES = ['in_progress', 'completed', 'failed', 'cancelled'] as const;

export const vectorStoreFiles: Handlers<`vectorStores.files.${string}`> = {
  'vectorStores.files.create': (call) => {
    const store = call.service.usableStore(call.ids.store);
    const request = call.body.json();
    const [entry] = attach(call, store, [
      {
        fileId: requiredString(request, 'file_id'),
        attributes: readAttributes(request.attributes),
        chunking: readChunking(request.chunking_strategy),
      },
    ]);
    return { json: entryObject(store, entry!) };
  },

  'vectorStores.files.list': (call) => {
    const store = call.service.store(call.ids.store);
    return { json: entryPage(call, store, store.entries) };
  },

  'vectorStores.files.retrieve': (call) => {
    const store = call.service.store(call.ids.store);
    const entry = visibleEntry(store, call.ids.file);
    return { json: entryObject(store, entry, entry.poll()) };
  },

  'vectorStores.files.update': ({ service, ids, body, faults }) => {
    const store = service.usableStore(ids.store);
    const entry = attachedEntry(store, ids.file);
    const request = body.json();
    if (!('attributes' in request)) throw invalid("Missing required parameter: 'attributes'.", 'attributes');
    store.update(entry, readAttributes(request.attributes), service.settling(faults, 'listedAfter'));
    return { json: entryObject(store, entry) };
  },

  'vectorStores.files.delete': ({ service, ids, faults }) => {
    const store = service.store(ids.store);
    const entry = attachedEntry(store, ids.file);
    store.detach(entry, service.settling(faults, 'listedAfter'));
    return {
      json: {
        id: entry.id,
        object: 'vector_store.file.deleted',
        deleted: true,
      } satisfies OpenAI.VectorStores.VectorStoreFileDeleted,
    };
  },

  'vectorStores.files.content': (call) => {
    const { service, ids, query, faults } = call;
    const store = service.usableStore(ids.store);
    const entry = visibleEntry(store, ids.file);
    service.files.get(entry.id);
    if (entry.status !== 'completed') throw invalid(`File '${entry.id}' is not processed: ${entry.status}.`);
    const parts = contentParts(entry.text, service.unkind);
    const first = Number(query.get('page') ?? 0);
    const end = faults.find('pagedContent') ? first + Math.ceil((parts.length - first) / 2) : parts.length;
    const hasMore = end < parts.length;
    return {
      json: {
        object: 'vector_store.file_content.page',
        data: parts
          .slice(first, end)
          .map((text) => ({ type: 'text', text }) satisfies OpenAI.VectorStores.FileContentResponse),
        has_more: hasMore,
        next_page: hasMore ? String(end) : null,
      },
    };
  },
};

export interface Attachment {
  fileId: string;
  attributes: Attributes;
  chunking: Chunking;
}

/** Attaches all of the files, or none of them if one is refused. */
export function attach(
  { service, faults }: ApiCall,
  store: Store,
  attachments: Attachment[],
): AttachedFile[] {
  const entries = attachments.map(({ fileId, ...details }) => {
    const file = service.files.get(fileId);
    return new AttachedFile(file, {
      ...details,
      createdAt: service.createdAt(),
      outcome: outcomeOf(file, service, faults),
      processing: service.settling(faults, 'processedAfter'),
      visible: service.settling(faults, 'visibleAfter'),
      listed: service.settling(faults, 'listedAfter'),
    });
  });
  store.attachRate.admit(entries.length);
  for (const entry of entries) store.attach(entry);
  return entries;
}

/** A page of a store's files, or of a batch's, as the store shows them now. */
export function entryPage(
  call: ApiCall,
  store: Store,
  entries: Collection<AttachedFile>,
): Page<VectorStoreFile> {
  const filter = call.query.get('filter');
  if (filter !== null) oneOf(filter, 'filter', STATUSES);
  const view = store.look();
  return page(call, entries, {
    isShown: (entry) => view.shows(entry) && (filter === null || view.status(entry) === filter),
    show: (entry) => entryObject(store, entry, view.status(entry), view.attributes(entry)),
  });
}

function attachedEntry(store: Store, fileId: string): AttachedFile {
  const entry = store.attached(fileId);
  if (entry === undefined) throw notAttached(store, fileId);
  return entry;
}

function visibleEntry(store: Store, fileId: string): AttachedFile {
  const entry = attachedEntry(store, fileId);
  if (entry.visible.look()) throw notAttached(store, fileId);
  return entry;
}

const notAttached = (store: Store, fileId: string): Error =>
  notFound(`No file found with id '${fileId}' in vector store '${store.id}'.`);

function outcomeOf(file: StoredFile, service: Service, faults: FaultsOfRequest): Outcome {
  if (file.purpose !== 'assistants' && file.purpose !== 'user_data') {
    throw invalid(
      `File '${file.id}' has purpose '${file.purpose}', which a vector store does not take.`,
      'file_id',
    );
  }
  const fault = faults.find('processing');
  if (fault?.status === 'cancelled') return { status: 'cancelled', error: null };
  if (fault !== undefined) {
    return failed(fault.code ?? 'server_error', fault.message ?? 'An internal error occurred.');
  }
  if (!isSupported(file.filename)) {
    const message = `Files with extensions [.${extension(file.filename)}] are not supported for retrieval.`;
    if (!service.unkind.failsLate) throw invalid(message, 'file_id', 'unsupported_file');
    return failed('unsupported_file', message);
  }
  const failure = service.failsOn?.(file);
  if (failure !== undefined) return failed(failure.code, failure.message ?? 'The file could not be parsed.');
  if (parse(file.filename, file.bytes) === undefined) {
    return isText(file.filename)
      ? failed('invalid_file', 'The file is not text in UTF-8 or UTF-16.')
      : failed('unsupported_file', 'There is no text in the document that this server can read.');
  }
  if (file.bytes.byteLength / service.limits.bytesPerToken > service.limits.fileTokens) {
    return failed('invalid_file', `The file has more than ${service.limits.fileTokens} tokens.`);
  }
  return { status: 'completed', error: null };
}

function failed(code: NonNullable<VectorStoreFile['last_error']>['code'], message: string): Outcome {
  return { status: 'failed', error: { code, message } };
}

export function entryObject(
  store: Store,
  entry: AttachedFile,
  status: Status = entry.status,
  attributes: Attributes = entry.attributes,
): VectorStoreFile {
  return {
    id: entry.id,
    object: 'vector_store.file',
    created_at: entry.createdAt,
    vector_store_id: store.id,
    status,
    last_error: status === 'failed' ? entry.error : null,
    usage_bytes: status === 'completed' ? entry.usageBytes : 0,
    attributes,
    chunking_strategy: {
      type: 'static',
      static: {
        max_chunk_size_tokens: entry.chunking.size,
        chunk_overlap_tokens: entry.chunking.overlap,
      },
    },
  };
}
