import { resolve } from 'node:path';
import { type BackendPlugin, backendError, definePlugin, uriParameter } from '@f9/core/driver';
import { EMBEDDER_PARAMETERS, embedderOf } from '@f9/search';
import { SqliteFileBackend } from './backend.ts';

/** Opens `sqlite:./notes.db` and `sqlite:///path/to/notes.db`. */
export const sqlitePlugin: BackendPlugin = definePlugin({
  name: '@f9/sqlite',
  schemes: ['sqlite'],
  plainPath: true,
  parameters: {
    durability: uriParameter.string({
      option: 'durability',
      description:
        'fsync: what was acknowledged survives a power cut (the default); none: it survives a crash of the process',
    }),
    busy_timeout: uriParameter.number(
      { option: 'busyTimeout', description: 'Seconds to wait for another process that writes; 5 by default' },
      { unit: 1000 },
    ),
    history: uriParameter.boolean({
      option: 'history',
      description: 'Keep what files were before they were changed or deleted',
    }),
    ...EMBEDDER_PARAMETERS,
  },
  create: ({ uri, options, baseDirectory }) => {
    if (uri.host !== undefined || uri.path === '/' || uri.path === '') {
      throw backendError(
        'INVALID_URI',
        'A sqlite URI names a file: sqlite:./notes.db or sqlite:///path/to/notes.db',
      );
    }
    const { embeddings, model, embeddingsKey, durability, ...rest } = options;
    const embedder = embedderOf({ embeddings, model, embeddingsKey });
    const isDrive = /^\/[a-z]:/i.test(uri.path) && process.platform === 'win32';
    return new SqliteFileBackend({
      path: resolve(baseDirectory, isDrive ? uri.path.slice(1) : uri.path),
      ...rest,
      ...(durability === undefined ? {} : { durability: durability as 'fsync' | 'none' }),
      ...(embedder === undefined ? {} : { embedder }),
    });
  },
});
