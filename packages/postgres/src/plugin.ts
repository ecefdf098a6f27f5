import { type BackendPlugin, backendError, definePlugin, uriParameter } from '@f9/core/driver';
import { EMBEDDER_PARAMETERS, embedderOf } from '@f9/search';
import { PostgresFileBackend } from './backend.ts';

/** Opens `postgres://user@host:5432/database?vault=notes`. */
export const postgresPlugin: BackendPlugin = definePlugin({
  name: '@f9/postgres',
  schemes: ['postgres', 'postgresql'],
  parameters: {
    vault: uriParameter.string({
      option: 'vault',
      description: 'Which vault of the database; "vault" by default',
    }),
    password: uriParameter.string({
      option: 'password',
      description: 'Of the user; else the password file (.pgpass) is looked at',
      secret: true,
      environment: 'PGPASSWORD',
    }),
    tls: uriParameter.oneOf(
      {
        option: 'tls',
        description:
          'verify: the server has a certificate for its host (the default); require: encrypted, whoever it is; disable: not (the default on this machine)',
      },
      ['disable', 'require', 'verify'],
    ),
    ca: uriParameter.string({ option: 'ca', description: 'A file with the certificates to trust' }),
    max_connections: uriParameter.number(
      { option: 'maxConnections', description: 'Connections at most; 8 by default' },
      { integer: true, minimum: 1 },
    ),
    connect_timeout: uriParameter.number(
      { option: 'connectTimeout', description: 'Seconds to wait for a connection; 10 by default' },
      { unit: 1000 },
    ),
    statement_timeout: uriParameter.number(
      {
        option: 'statementTimeout',
        description:
          'Seconds that the server may work on one statement; 60 by default, 0: as the server says',
      },
      { unit: 1000 },
    ),
    busy_timeout: uriParameter.number(
      { option: 'busyTimeout', description: 'Seconds to wait for who changes the same file; 10 by default' },
      { unit: 1000 },
    ),
    history: uriParameter.boolean({
      option: 'history',
      description: 'Keep what files were before they were changed or deleted',
    }),
    ...EMBEDDER_PARAMETERS,
  },
  create: ({ uri, options }) => {
    const { host, port, username, path, ref } = uri;
    const database = path.slice(1);
    if (
      host === undefined ||
      username === undefined ||
      database === '' ||
      database.includes('/') ||
      ref !== undefined
    ) {
      throw backendError(
        'INVALID_URI',
        'A postgres URI names a user, a host and a database: postgres://user@host:5432/database?vault=notes; the password goes to PGPASSWORD',
      );
    }
    const { embeddings, model, embeddingsKey, ...rest } = options;
    const embedder = embedderOf({ embeddings, model, embeddingsKey });
    return new PostgresFileBackend({
      host,
      database,
      user: username,
      ...(port === undefined ? {} : { port }),
      ...rest,
      ...(embedder === undefined ? {} : { embedder }),
    });
  },
});
