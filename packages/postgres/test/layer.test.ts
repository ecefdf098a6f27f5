import { test } from 'vitest';
import { proveLayer } from '../../search/test/prove-layer.ts';
import { PostgresFileBackend } from '../src/index.ts';
import { cluster } from './support/shared.ts';

let made = 0;

if (cluster === undefined) test.skip('search over PostgreSQL (needs PostgreSQL)', () => undefined);
else {
  await proveLayer('PostgreSQL', () => {
    const options = cluster!.options({ vault: `layer${++made}` });
    return () => new PostgresFileBackend(options);
  });
}
