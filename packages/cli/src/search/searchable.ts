import { createHash } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { FileBackend } from '@f9/core';
import envPaths from 'env-paths';
import type { Context } from '../context.ts';
import { UsageError } from '../terminal/errors.ts';
import type { Io } from '../terminal/io.ts';
import { formatCount, plural } from '../terminal/text.ts';
import type { Place } from '../vaults/vaults.ts';

/** A vault that can be searched; disposing this closes what was opened for the search, but not the vault. */
export interface Searchable extends AsyncDisposable {
  readonly vault: FileBackend;
}

/** Seconds from which on indexing is reported: whoever waited wants to know whether it takes so long each time. */
const TOLD = 2;

/** The vault itself where it can be searched; else with an index on this machine, made the first time, that follows it. */
export async function searchable(context: Context, { backend, addressOf }: Place): Promise<Searchable> {
  if (backend.capabilities.search) return { vault: backend, [Symbol.asyncDispose]: async () => undefined };
  const { io } = context;
  const { withSearch } = await import('@f9/search');
  const folder = indexFolder(io);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const name = createHash('sha256').update(addressOf('/')).digest('hex').slice(0, 32);
  const startedAt = performance.now();
  const embedder = await embedderOf(io);
  const vault = withSearch(backend, {
    path: join(folder, `${name}.db`),
    ...(embedder === undefined ? {} : { embedder }),
    onProgress: ({ done, total }) => {
      context.progress.show(() => `indexing  ${formatCount(done)}/${formatCount(total)} files`);
      const seconds = (performance.now() - startedAt) / 1000;
      if (done < total) return;
      context.progress[Symbol.dispose]();
      if (seconds < TOLD) return;
      context.note(
        `Indexed ${plural(total, 'file')} in ${seconds.toFixed(1)} s; next time only what changed is read.`,
      );
    },
    onFallback: () => context.note('The model did not answer in time; words alone were compared.'),
  });
  return { vault, [Symbol.asyncDispose]: () => vault[Symbol.asyncDispose]() };
}

/** The folder of indexes, all of which can be made again. */
function indexFolder({ env }: Io): string {
  return join(env.F9_CACHE || envPaths('f9', { suffix: '' }).cache, 'search');
}

/** The model that the environment names, for vaults whose URI cannot name one. */
async function embedderOf({ env }: Io): Promise<import('@f9/search').Embedder | undefined> {
  const { F9_EMBEDDINGS: baseURL, F9_EMBEDDINGS_MODEL: model, F9_EMBEDDINGS_KEY: apiKey } = env;
  if (!baseURL && !model) return undefined;
  if (!baseURL || !model) throw new UsageError('F9_EMBEDDINGS and F9_EMBEDDINGS_MODEL belong together');
  const { httpEmbedder } = await import('@f9/search');
  return httpEmbedder({ baseURL, model, ...(apiKey ? { apiKey } : {}) });
}
