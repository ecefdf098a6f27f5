import { resolve } from 'node:path';
import { type BackendPlugin, backendError, definePlugin, uriParameter } from '@f9/core/driver';
import { SqliteFileBackend } from './backend.ts';

/** Opens `sqlite:///path/to/vault.db`. */
export const sqlitePlugin: BackendPlugin = definePlugin({
  name: 'f9-backend-sqlite',
  schemes: ['sqlite'],
  parameters: {
    busy_timeout: uriParameter.number(
      { option: 'busyTimeout', description: 'Seconds to wait for another process that writes. Default 5.' },
      { unit: 1000 },
    ),
  },
  create: ({ uri, options, baseDirectory }) => {
    if (uri.host !== undefined || uri.path === '/') {
      throw backendError(
        'INVALID_URI',
        'A sqlite URI names a file by its whole path: sqlite:///path/to/vault.db',
      );
    }
    const isDrive = /^\/[a-z]:/i.test(uri.path) && process.platform === 'win32';
    return new SqliteFileBackend({
      path: resolve(baseDirectory, isDrive ? uri.path.slice(1) : uri.path),
      ...options,
    });
  },
});
