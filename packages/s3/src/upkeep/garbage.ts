import type { OperationOptions } from '@f9/core';
import type { Call } from '../service/call.ts';
import type { Service } from '../service/service.ts';
import type { Keys } from '../vault/keys.ts';

/** Options of `collectGarbage`. */
export interface GarbageOptions extends OperationOptions {
  /** Only tell what would be removed. Default false. */
  readonly dryRun?: boolean | undefined;
  /** Least age in milliseconds; younger leftovers may still be in use. Default a day. */
  readonly olderThan?: number | undefined;
}

/** Something that belongs to no file. */
export interface Garbage {
  /** The thing that it was to become. */
  readonly kind: 'upload in parts' | 'probe';
  /** The whole key in the bucket. */
  readonly key: string;
  /** When it was begun. */
  readonly since: Date;
}

/** The result of `collectGarbage`. */
export interface GarbageReport {
  /** Leftovers that were removed, or would be. */
  readonly removed: readonly Garbage[];
}

const DAY = 86_400_000;

/** Removes leftovers of interrupted writers: parts of uploads, which cost as much as files, and objects of probes. */
export async function collectGarbage(
  service: Service,
  keys: Keys,
  { dryRun = false, olderThan = DAY }: GarbageOptions,
  call: Call,
): Promise<GarbageReport> {
  const removed: Garbage[] = [];
  const isOld = (since: Date): boolean => service.requests.clock.now() - since.getTime() >= olderThan;
  for (const { key, id, since } of await service.listUploads(keys.prefix, call)) {
    if (!isOld(since)) continue;
    removed.push({ kind: 'upload in parts', key, since });
    if (!dryRun) await service.abortUpload({ key, id }, call);
  }
  const probes = await service.list({ prefix: keys.ofState('probe-') }, call);
  for (const { key, modifiedAt: since } of probes.objects) {
    if (since === undefined || !isOld(since)) continue;
    removed.push({ kind: 'probe', key, since });
    if (!dryRun) await service.delete(key, undefined, call);
  }
  return { removed };
}
