import { randomUUID } from 'node:crypto';
import type { S3FileBackendOptions } from '../../src/index.ts';

/** A new vault in the real bucket that `F9_LIVE_S3` names; `undefined` where it names none. */
export function liveVault(): S3FileBackendOptions | undefined {
  const { F9_LIVE_S3: uri } = process.env;
  if (!uri) return undefined;
  const { hostname: bucket, pathname, searchParams } = new URL(uri);
  const [endpoint, region] = [searchParams.get('endpoint'), searchParams.get('region')];
  return {
    bucket,
    prefix: `${pathname}/${randomUUID()}`,
    ...(endpoint === null ? {} : { endpoint }),
    ...(region === null ? {} : { region }),
  };
}
