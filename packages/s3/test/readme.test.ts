// The programs of the documents, as they stand, on a real server.
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { server } from './support/bucket.ts';

const DOCUMENTS = ['../README.md', '../../../docs/s3.md'];
const programs = DOCUMENTS.flatMap((document) => {
  const text = readFileSync(join(import.meta.dirname, document), 'utf8');
  return [...text.matchAll(/^```ts s3\n(.*?)^```$/gms)].map(([, source]) => source!);
});

test.skipIf(server === undefined)(
  'the programs of the documents run as they stand (needs an S3 server)',
  async () => {
    expect(programs.length).toBeGreaterThan(0);
    // Below this package, which can import itself by its name.
    const folder = mkdtempSync(join(import.meta.dirname, '.readme-'));
    try {
      const { endpoint, accessKeyId, secretAccessKey } = server!;
      const env = {
        ...process.env,
        AWS_ENDPOINT_URL_S3: endpoint,
        AWS_ACCESS_KEY_ID: accessKeyId,
        AWS_SECRET_ACCESS_KEY: secretAccessKey,
      };
      for (const [i, source] of programs.entries()) {
        const path = join(folder, `${i}.ts`);
        writeFileSync(path, source);
        await promisify(execFile)(process.execPath, ['--conditions=@f9/source', path], { env });
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
);
