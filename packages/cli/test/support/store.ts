import { createVectorStore } from '@f9/openai';
import type { OpenAIServer } from '@f9/openai-server';

/** Any key that must never be seen. */
export const API_KEY = 'sk-test-51ee9c1a';

/** A new vector store on the server, as a URI that holds the key. */
export async function createStore({ url }: OpenAIServer): Promise<string> {
  const id = await createVectorStore({ name: 'test', apiKey: API_KEY, baseURL: url });
  return `openai+vector://${id}?api_key=${API_KEY}&base_url=${encodeURIComponent(url)}`;
}
