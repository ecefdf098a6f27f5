import { resolve } from 'node:path';
import { type BackendPlugin, backendError, definePlugin, uriParameter } from '@f9/core/driver';
import { httpEmbedder } from '@f9/search';
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
    embeddings: uriParameter.string({
      option: 'embeddings',
      description: 'A server with /embeddings for search by meaning, such as http://127.0.0.1:11434/v1',
      environment: 'F9_EMBEDDINGS',
    }),
    model: uriParameter.string({
      option: 'model',
      description: 'The model of the embeddings',
      environment: 'F9_EMBEDDINGS_MODEL',
    }),
    embeddings_key: uriParameter.string({
      option: 'embeddingsKey',
      description: 'The key for the embeddings',
      secret: true,
      environment: 'F9_EMBEDDINGS_KEY',
    }),
  },
  create: ({ uri, options, baseDirectory }) => {
    if (uri.host !== undefined || uri.path === '/' || uri.path === '') {
      throw backendError(
        'INVALID_URI',
        'A sqlite URI names a file: sqlite:./notes.db or sqlite:///path/to/notes.db',
      );
    }
    const { embeddings, model, embeddingsKey, durability, ...rest } = options;
    if ((embeddings === undefined) !== (model === undefined)) {
      throw backendError(
        'INVALID_URI',
        'embeddings and model belong together: ?embeddings=http://127.0.0.1:11434/v1&model=…',
      );
    }
    const isDrive = /^\/[a-z]:/i.test(uri.path) && process.platform === 'win32';
    return new SqliteFileBackend({
      path: resolve(baseDirectory, isDrive ? uri.path.slice(1) : uri.path),
      ...rest,
      ...(durability === undefined ? {} : { durability: durability as 'fsync' | 'none' }),
      ...(embeddings === undefined
        ? {}
        : {
            embedder: httpEmbedder({
              baseURL: embeddings,
              model: model!,
              ...(embeddingsKey === undefined ? {} : { apiKey: embeddingsKey }),
            }),
          }),
    });
  },
});
