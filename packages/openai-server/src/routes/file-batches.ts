import type OpenAI from 'openai';
import { invalid, notFound } from '../state/api-error.ts';
import type { AttachedFile, Status } from '../state/attached-file.ts';
import { Collection } from '../state/collection.ts';
import type { Service } from '../state/service.ts';
import type { Batch, Store } from '../state/store.ts';
import type { Handlers } from './api-call.ts';
import { readChunking } from './chunking.ts';
import { objectList, readAttributes, requiredString, stringList } from './validation.ts';
import { type Attachment, attach, entryPage } from './vector-store-files.ts';
import { countByStatus } from './vector-stores.ts';

export const fileBatches: Handlers<`vectorStores.fileBatches.${string}`> = {
  'vectorStores.fileBatches.create': (call) => {
    const { service } = call;
    const store = service.usableStore(call.ids.store);
    const entries = new Collection<AttachedFile>();
    for (const entry of attach(call, store, readAttachments(call.body.json(), service))) entries.add(entry);
    const batch: Batch = {
      id: service.newId('vsfb_'),
      createdAt: service.createdAt(),
      entries,
      cancelled: false,
    };
    store.batches.set(batch.id, batch);
    return { json: batchObject(store, batch) };
  },

  'vectorStores.fileBatches.retrieve': ({ service, ids }) => {
    const { store, batch } = find(service, ids);
    return { json: batchObject(store, batch, (entry) => entry.poll()) };
  },

  'vectorStores.fileBatches.cancel': ({ service, ids }) => {
    const { store, batch } = find(service, ids);
    for (const entry of batch.entries) {
      if (entry.cancel()) batch.cancelled = true;
    }
    return { json: batchObject(store, batch) };
  },

  'vectorStores.fileBatches.listFiles': (call) => {
    const { store, batch } = find(call.service, call.ids);
    return { json: entryPage(call, store, batch.entries) };
  },
};

function readAttachments(request: Record<string, unknown>, service: Service): Attachment[] {
  const { file_ids: ids, files } = request;
  if (ids !== undefined && files !== undefined) {
    throw invalid("'file_ids' and 'files' are mutually exclusive.", 'file_ids');
  }
  if (files === undefined) {
    const shared = {
      attributes: readAttributes(request.attributes),
      chunking: readChunking(request.chunking_strategy),
    };
    return stringList(ids, 'file_ids', service.limits.batchFiles).map((fileId) => ({ fileId, ...shared }));
  }
  return objectList(files, 'files', service.limits.batchFiles).map((file) => ({
    fileId: requiredString(file, 'file_id'),
    attributes: readAttributes(file.attributes),
    chunking: readChunking(file.chunking_strategy),
  }));
}

function find(service: Service, ids: { store: string; batch: string }): { store: Store; batch: Batch } {
  const store = service.store(ids.store);
  const batch = store.batches.get(ids.batch);
  if (batch === undefined) throw notFound(`No file batch found with id '${ids.batch}'.`);
  return { store, batch };
}

function batchObject(
  store: Store,
  batch: Batch,
  statusOf: (entry: AttachedFile) => Status = (entry) => entry.status,
): OpenAI.VectorStores.VectorStoreFileBatch {
  const counts = countByStatus([...batch.entries].map(statusOf));
  return {
    id: batch.id,
    object: 'vector_store.files_batch',
    created_at: batch.createdAt,
    vector_store_id: store.id,
    status: batch.cancelled ? 'cancelled' : counts.in_progress > 0 ? 'in_progress' : 'completed',
    file_counts: counts,
  };
}
