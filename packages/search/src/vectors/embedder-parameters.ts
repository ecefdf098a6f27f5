import { backendError, type UriParameter, uriParameter } from '@f9/core/driver';
import type { Embedder } from './embedder.ts';
import { httpEmbedder } from './http-embedder.ts';

type TextParameter<Option extends string> = UriParameter<string> & { readonly option: Option };

/** Parameters of a URI that name a model for search by meaning. */
export const EMBEDDER_PARAMETERS: {
  readonly embeddings: TextParameter<'embeddings'>;
  readonly model: TextParameter<'model'>;
  readonly embeddings_key: TextParameter<'embeddingsKey'>;
} = {
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
};

/** The embedder of the parameters. @throws `INVALID_URI` for a server without a model, or a model without a server */
export function embedderOf({
  embeddings,
  model,
  embeddingsKey,
}: {
  readonly embeddings?: string | undefined;
  readonly model?: string | undefined;
  readonly embeddingsKey?: string | undefined;
}): Embedder | undefined {
  if (embeddings === undefined && model === undefined) return undefined;
  if (embeddings === undefined || model === undefined) {
    throw backendError(
      'INVALID_URI',
      'embeddings and model belong together: ?embeddings=http://127.0.0.1:11434/v1&model=…',
    );
  }
  return httpEmbedder({
    baseURL: embeddings,
    model,
    ...(embeddingsKey === undefined ? {} : { apiKey: embeddingsKey }),
  });
}
