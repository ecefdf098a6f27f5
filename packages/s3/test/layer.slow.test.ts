import { test } from 'vitest';
import { proveLayer } from '../../search/test/prove-layer.ts';
import { S3FileBackend } from '../src/index.ts';
import { newVault, server } from './support/bucket.ts';

if (server === undefined) test.skip('search over S3 (needs an S3 server)', () => undefined);
else {
  await proveLayer('S3', async () => {
    const options = await newVault();
    return () => new S3FileBackend(options);
  });
}
