import { execFile } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { backendError } from '@f9/core/driver';
import { UsageError } from '../terminal/errors.ts';
import type { Io } from '../terminal/io.ts';
import { importOptional } from '../terminal/optional-package.ts';
import { parseLocation } from '../vaults/location.ts';

/** Makes the vault that a URI or a path is to name; gives its URI or path. @throws `UsageError` where only other tools can make it */
export async function createVault(io: Io, target: string, title: string): Promise<string> {
  const store = /^openai\+vector:(?:\/\/)?(\?.*)?$/.exec(target);
  if (store !== null) return await createStore(io, title, store[1] ?? '');
  const repository = /^git\+(file:\/\/\/[^@?#]+)/.exec(target)?.[1];
  if (repository !== undefined) {
    await createRepository(fileURLToPath(repository));
    return target;
  }
  if (!target.includes('://') && parseLocation(target).kind === 'path') {
    await mkdir(resolve(io.cwd, target), { recursive: true });
    return target;
  }
  if (target.startsWith('s3://')) {
    await createBucket(io, target);
    return target;
  }
  // The file, or the schema in the database, is made when the vault is opened.
  if (/^(?:sqlite|postgres|postgresql):/.test(target)) return target;
  throw new UsageError(
    '--create makes a vector store (openai+vector:), a file (sqlite:./notes.db), a bucket (s3://…), a schema in a database (postgres://…), a folder, or a repository on this machine (git+file:///…); make others with their own tools',
  );
}

async function createStore({ env, signal }: Io, title: string, query: string): Promise<string> {
  const parameters = new URLSearchParams(query);
  const apiKey = parameters.get('api_key') ?? env.OPENAI_API_KEY;
  const baseURL = parameters.get('base_url') ?? env.OPENAI_BASE_URL;
  if (!apiKey) throw backendError('UNAUTHENTICATED', 'There is no key for OpenAI: set OPENAI_API_KEY');
  const { createVectorStore } = await importOptional('@f9/openai', () => import('@f9/openai'));
  const id = await createVectorStore({
    name: title,
    apiKey,
    signal,
    ...(baseURL ? { baseURL } : {}),
  });
  return `openai+vector://${id}${query}`;
}

async function createBucket({ env, signal }: Io, target: string): Promise<void> {
  const { hostname: bucket, searchParams } = new URL(target);
  const { ensureBucket } = await importOptional('@f9/s3', () => import('@f9/s3'));
  const given = {
    endpoint: searchParams.get('endpoint') ?? env.AWS_ENDPOINT_URL_S3,
    region: searchParams.get('region') ?? env.AWS_REGION,
    accessKeyId: searchParams.get('access_key_id') ?? env.AWS_ACCESS_KEY_ID,
    secretAccessKey: searchParams.get('secret_access_key') ?? env.AWS_SECRET_ACCESS_KEY,
    sessionToken: searchParams.get('session_token') ?? env.AWS_SESSION_TOKEN,
  };
  const known = Object.fromEntries(Object.entries(given).filter(([, value]) => value));
  await ensureBucket({ bucket, ...known, signal });
}

async function createRepository(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  await promisify(execFile)('git', ['init', '--quiet', '--bare', '--initial-branch=main', folder]);
}
