import { backendError, pause } from '@f9/core/driver';
import type { Embedder } from './embedder.ts';

/** A server with OpenAI's `/embeddings`: OpenAI itself, Ollama, LM Studio, llama.cpp, vLLM. */
export interface HttpEmbedderOptions {
  /** The address without `/embeddings`. Default `https://api.openai.com/v1`. */
  readonly baseURL?: string;
  /** The key, sent as a bearer token. */
  readonly apiKey?: string;
  /** The name of the model. */
  readonly model: string;
  /** Numbers of a vector, for models that can give fewer. Default: the model's. */
  readonly dimensions?: number;
  /** Text that the model wants before each text, for example `{ query: 'search_query: ', document: 'search_document: ' }`. */
  readonly prefix?: { readonly query: string; readonly document: string };
  /** Texts in one request. Default 64. */
  readonly batch?: number;
}

const ATTEMPTS = 5;
const FIRST_PAUSE = 250;
const LONGEST_PAUSE = 8000;
const TRIED_AGAIN = new Set([408, 409, 425, 429, 500, 502, 503, 504]);

/**
 * Embeds over HTTP. After an error that may pass it tries again, and waits as long as `Retry-After` says.
 * @throws `UNAVAILABLE`, `RATE_LIMITED`, `UNAUTHENTICATED`, `INVALID_ARGUMENT` where the server refuses the request, `INTEGRITY` for
 * an answer that holds no vectors for the texts
 */
export function httpEmbedder(options: HttpEmbedderOptions): Embedder {
  const { baseURL = 'https://api.openai.com/v1', model, dimensions, prefix, batch } = options;
  if (!URL.canParse(baseURL)) throw backendError('INVALID_ARGUMENT', 'baseURL must be a URL');
  const url = `${baseURL.replace(/\/+$/, '')}/embeddings`;
  return {
    id: [model, dimensions ?? '', prefix?.document ?? '', prefix?.query ?? ''].join('|').replace(/\|+$/, ''),
    batch,
    embed: async (texts, { kind, signal }) => {
      const input = prefix === undefined ? texts : texts.map((text) => prefix[kind] + text);
      const body = JSON.stringify({ model, input, ...(dimensions === undefined ? {} : { dimensions }) });
      for (let attempt = 1; ; attempt++) {
        const answer = await request(url, body, options.apiKey, signal);
        if ('vectors' in answer) return checked(answer.vectors, texts.length, dimensions);
        if (attempt === ATTEMPTS || !answer.retry) throw answer.error;
        await pause(answer.pause ?? pauseBefore(attempt), signal);
      }
    },
  };
}

type Answer =
  | { readonly vectors: unknown }
  | { readonly error: Error; readonly retry: boolean; readonly pause?: number };

async function request(
  url: string,
  body: string,
  apiKey: string | undefined,
  signal: AbortSignal | undefined,
): Promise<Answer> {
  let response: Response;
  try {
    response = await fetch(url, {
      method: 'POST',
      redirect: 'error',
      signal: signal ?? null,
      headers: {
        'content-type': 'application/json',
        ...(apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` }),
      },
      body,
    });
    if (response.ok) return { vectors: await response.json() };
  } catch (cause) {
    signal?.throwIfAborted();
    const error = backendError(
      'UNAVAILABLE',
      `The embedding server at ${new URL(url).host} does not answer`,
      { cause },
    );
    return { error, retry: true };
  }
  await response.body?.cancel();
  const seconds = Number(response.headers.get('retry-after'));
  return {
    error: errorOf(response.status, new URL(url).host),
    retry: TRIED_AGAIN.has(response.status),
    ...(seconds > 0 ? { pause: seconds * 1000 } : {}),
  };
}

function errorOf(status: number, host: string): Error {
  const said = `The embedding server at ${host} answered ${status}`;
  if (status === 401 || status === 403) return backendError('UNAUTHENTICATED', `${said}; check its key`);
  if (status === 404)
    return backendError('NOT_FOUND', `${said}; check the address and the name of the model`);
  if (status === 429) return backendError('RATE_LIMITED', `${said}; try again later`);
  if (status < 500) return backendError('INVALID_ARGUMENT', `${said}; check the name of the model`);
  return backendError('UNAVAILABLE', `${said}; try again later`);
}

function checked(answer: unknown, count: number, dimensions: number | undefined): Float32Array[] {
  const data = (answer as { data?: { index?: unknown; embedding?: unknown }[] } | null)?.data;
  const vectors: Float32Array[] = [];
  for (const [place, item] of (Array.isArray(data) ? data : []).entries()) {
    const { index = place, embedding } = item;
    if (!Array.isArray(embedding) || !embedding.every(Number.isFinite) || typeof index !== 'number') break;
    vectors[index] = Float32Array.from(embedding as number[]);
  }
  const length = dimensions ?? vectors[0]?.length;
  const isWhole =
    vectors.length === count &&
    Array.from({ length: count }, (_, i) => vectors[i]?.length).every((n) => n === length && n! > 0);
  if (isWhole) return vectors;
  throw backendError('INTEGRITY', `The embedding server did not answer ${count} vectors of one length`);
}

function pauseBefore(attempt: number): number {
  return Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** attempt) * (0.5 + Math.random() / 2);
}
