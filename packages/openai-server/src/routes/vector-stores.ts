import type OpenAI from 'openai';
import type { Status } from '../state/attached-file.ts';
import { Store } from '../state/store.ts';
import type { Handler } from './api-call.ts';
import { readChunking } from './chunking.ts';
import { page } from './pagination.ts';
import { search } from './search.ts';
import { oneOf, optionalString, readMetadata, requiredInteger, stringList, wrongType } from './validation.ts';
import { attach } from './vector-store-files.ts';

type StoreRoute = 'create' | 'list' | 'retrieve' | 'update' | 'delete' | 'search';

export const vectorStores: Record<`vectorStores.${StoreRoute}`, Handler> = {
  'vectorStores.create': (call) => {
    const { service, body } = call;
    const request = body.json();
    const store = new Store(service.newId('vs_'), service.createdAt(), service.clock, service.limits);
    store.name = optionalString(request, 'name') ?? '';
    store.metadata = readMetadata(request.metadata);
    store.expiresAfterDays = expiryDays(request.expires_after);
    const ids = request.file_ids;
    if (ids !== undefined && ids !== null && !(Array.isArray(ids) && ids.length === 0)) {
      const chunking = readChunking(request.chunking_strategy);
      const fileIds = stringList(ids, 'file_ids', service.limits.batchFiles);
      attach(
        call,
        store,
        fileIds.map((fileId) => ({ fileId, attributes: {}, chunking })),
      );
    }
    service.stores.add(store);
    return { json: storeObject(store) };
  },

  'vectorStores.list': (call) => ({
    json: page(call, call.service.stores, { isShown: () => true, show: storeObject }),
  }),

  'vectorStores.retrieve': ({ service, ids }) => ({ json: storeObject(service.store(ids.store)) }),

  'vectorStores.update': ({ service, ids, body }) => {
    const store = service.store(ids.store);
    const request = body.json();
    const changes = {
      name: optionalString(request, 'name'),
      metadata: 'metadata' in request ? readMetadata(request.metadata) : undefined,
      days: expiryDays(request.expires_after),
    };
    if (changes.name !== undefined) store.name = changes.name;
    if (changes.metadata !== undefined) store.metadata = changes.metadata;
    if ('expires_after' in request) store.expiresAfterDays = changes.days;
    store.touch();
    return { json: storeObject(store) };
  },

  'vectorStores.delete': ({ service, ids }) => {
    const { id } = service.store(ids.store);
    service.stores.delete(id);
    return {
      json: { id, object: 'vector_store.deleted', deleted: true } satisfies OpenAI.VectorStoreDeleted,
    };
  },

  'vectorStores.search': (call) => ({ json: search(call) }),
};

export function storeObject(store: Store): OpenAI.VectorStore {
  const entries = store.attachedEntries();
  const counts = countByStatus(entries.map(({ status }) => status));
  const days = store.expiresAfterDays;
  return {
    id: store.id,
    object: 'vector_store',
    created_at: store.createdAt,
    name: store.name,
    status: store.expired ? 'expired' : counts.in_progress > 0 ? 'in_progress' : 'completed',
    file_counts: counts,
    usage_bytes: entries.reduce((sum, entry) => sum + entry.usageBytes, 0),
    last_active_at: store.lastActiveAt,
    metadata: store.metadata,
    ...(days === undefined ? {} : { expires_after: { anchor: 'last_active_at', days } }),
    expires_at: store.expiresAt ?? null,
  };
}

export function countByStatus(statuses: Iterable<Status>): OpenAI.VectorStore.FileCounts {
  const counts = { in_progress: 0, completed: 0, failed: 0, cancelled: 0, total: 0 };
  for (const status of statuses) {
    counts[status] += 1;
    counts.total += 1;
  }
  return counts;
}

function expiryDays(value: unknown): number | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'object') throw wrongType('expires_after', 'an object', value);
  const policy = value as Record<string, unknown>;
  oneOf(policy.anchor, 'expires_after.anchor', ['last_active_at']);
  return requiredInteger(policy, 'days', 1, 365);
}
