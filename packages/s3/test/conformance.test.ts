import { readdirSync } from 'node:fs';
import { testBackend } from '@f9/conformance';
import { describe, test } from 'vitest';
import { S3FileBackend } from '../src/index.ts';
import { newVault, server } from './support/bucket.ts';

if (server === undefined) test.skip('the contract (needs an S3 server)', () => undefined);
else {
  const { secretAccessKey } = server;
  await testBackend(
    { describe, test },
    {
      name: 's3',
      createStore: async () => {
        const options = await newVault();
        return {
          createBackend: () => new S3FileBackend(options),
          processModule: { url: new URL('open-vault.ts', import.meta.url), data: options },
          secrets: [secretAccessKey],
        };
      },
      sessionLease: 3000,
      resources: openFiles,
    },
  );
}

/** Connections to the server, and what is spooled on its way there. */
function openFiles(): number {
  return process.platform === 'linux' ? readdirSync('/proc/self/fd').length : 0;
}
