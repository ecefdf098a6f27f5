import { type BackendPlugin, backendError, definePlugin, uriParameter } from '@f9/core/driver';
import { S3FileBackend } from './backend.ts';

/** Opens `s3://bucket/prefix?endpoint=https://…&region=…`. */
export const s3Plugin: BackendPlugin = definePlugin({
  name: '@f9/s3',
  schemes: ['s3'],
  parameters: {
    endpoint: uriParameter.string({
      option: 'endpoint',
      description: 'The server, if not AWS',
      environment: 'AWS_ENDPOINT_URL_S3',
    }),
    region: uriParameter.string({
      option: 'region',
      description: 'Where the bucket lies; us-east-1 by default',
      environment: 'AWS_REGION',
    }),
    access_key_id: uriParameter.string({
      option: 'accessKeyId',
      description: 'The name of the key',
      environment: 'AWS_ACCESS_KEY_ID',
    }),
    secret_access_key: uriParameter.string({
      option: 'secretAccessKey',
      description: 'The key',
      secret: true,
      environment: 'AWS_SECRET_ACCESS_KEY',
    }),
    session_token: uriParameter.string({
      option: 'sessionToken',
      description: 'What temporary keys need beside them',
      secret: true,
      environment: 'AWS_SESSION_TOKEN',
    }),
    addressing: uriParameter.oneOf(
      { option: 'addressing', description: 'Where a URL names the bucket: in its path or its host' },
      ['path', 'host'],
    ),
    conditional_writes: uriParameter.boolean({
      option: 'conditionalWrites',
      description: 'false: also a store that ignores conditions, for one process alone',
    }),
    session_lease: uriParameter.number(
      {
        option: 'sessionLease',
        description: 'Seconds of silence after which a session is lost; 15 by default',
      },
      { unit: 1000 },
    ),
    timeout: uriParameter.number(
      {
        option: 'timeout',
        description: 'Seconds of silence after which a request is given up; 30 by default',
      },
      { unit: 1000 },
    ),
  },
  create: ({ uri: { host, path, username, port, ref }, options }) => {
    const hasMore = [username, port, ref].some((part) => part !== undefined);
    if (host === undefined || hasMore) {
      // The message repeats nothing of the URI: a key may stand before the bucket.
      throw backendError(
        'INVALID_URI',
        'An s3 URI names a bucket, and maybe where in it: s3://bucket/prefix?endpoint=https://s3.example.org; keys belong in the environment, or in access_key_id and secret_access_key',
      );
    }
    return new S3FileBackend({ bucket: host, prefix: path, ...options });
  },
});
