import { type BackendPlugin, backendError, definePlugin, uriParameter } from '@f9/core/driver';
import { OpenAIVectorStoreFileBackend } from './backend.ts';

/** `openai+vector://vs_123?api_key=…&cache_ttl=5&base_url=…` */
export const openaiPlugin: BackendPlugin = definePlugin({
  name: '@f9/openai',
  schemes: ['openai+vector'],
  parameters: {
    api_key: uriParameter.string({
      option: 'apiKey',
      description: 'The key for the service',
      secret: true,
      environment: 'OPENAI_API_KEY',
    }),
    base_url: uriParameter.string({
      option: 'baseURL',
      description: 'Where the service is, if not at OpenAI; the key goes there',
      environment: 'OPENAI_BASE_URL',
    }),
    cache_ttl: uriParameter.number(
      { option: 'cacheTtl', description: 'Seconds for which a list of the store is believed; 5 by default' },
      { unit: 1000 },
    ),
  },
  create: ({ uri, options }) => {
    const { host, path, username, port, ref } = uri;
    const hasMore = [username, port, ref].some((part) => part !== undefined);
    if (host === undefined || (path !== '' && path !== '/') || hasMore) {
      // The message repeats nothing: a key may stand before the store.
      throw backendError(
        'INVALID_URI',
        'An openai+vector URI names a vector store, and nothing before or below it: openai+vector://vs_123; a key goes to OPENAI_API_KEY',
      );
    }
    return new OpenAIVectorStoreFileBackend({ vectorStoreId: host, ...options });
  },
});
