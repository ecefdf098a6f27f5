import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What a text is near to by its meaning: words of one concept have one place in the vector. */
const CONCEPTS: readonly (readonly string[])[] = [
  ['car', 'automobile', 'vehicle', 'drive'],
  ['happy', 'glad', 'joyful', 'cheerful'],
  ['doctor', 'physician', 'medic'],
  ['ship', 'vessel', 'boat'],
];
const DIMENSIONS = 64;

/** A server with `/embeddings` that computes true vectors: by concepts, and by hashing whatever else is said. */
export interface EmbeddingServer extends AsyncDisposable {
  readonly url: string;
  /** Texts embedded so far, and requests answered. */
  readonly texts: string[];
  requests: number;
  /** Answers to the next requests, before it works; `undefined`: that one it answers. */
  readonly faults: (((response: import('node:http').ServerResponse) => void) | undefined)[];
}

export async function embeddingServer(): Promise<EmbeddingServer> {
  const texts: string[] = [];
  const faults: EmbeddingServer['faults'] = [];
  const state = { requests: 0 };
  const server = createServer(async (request, response) => {
    state.requests++;
    const { input } = JSON.parse(await bodyOf(request)) as { input: string[] };
    const fault = faults.shift();
    if (fault !== undefined) return fault(response);
    texts.push(...input);
    response.setHeader('content-type', 'application/json');
    response.end(
      JSON.stringify({ data: input.map((text, index) => ({ index, embedding: vectorOf(text) })).reverse() }),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    texts,
    faults,
    get requests() {
      return state.requests;
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let body = '';
  for await (const chunk of request) body += chunk;
  return body;
}

function vectorOf(text: string): number[] {
  const vector = new Array<number>(DIMENSIONS).fill(0);
  for (const word of text.toLowerCase().match(/[a-z]+/g) ?? []) {
    const concept = CONCEPTS.findIndex((words) => words.includes(word));
    if (concept >= 0) vector[concept]! += 5;
    else vector[CONCEPTS.length + (hashOf(word) % (DIMENSIONS - CONCEPTS.length))]! += 1;
  }
  return vector;
}

function hashOf(word: string): number {
  let hash = 2166136261;
  for (const character of word) hash = Math.imul(hash ^ character.charCodeAt(0), 16777619) >>> 0;
  return hash;
}
