import type { IncomingMessage } from 'node:http';
import { ApiError, invalid } from '../state/api-error.ts';

/** Reads a whole body; of one that is too long nothing is kept, and it is refused once it has been read. */
export async function readBody(request: IncomingMessage, maxBytes: number): Promise<RequestBody> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.byteLength;
    if (bytes <= maxBytes) chunks.push(chunk);
    else chunks.length = 0;
  }
  return new RequestBody(
    bytes <= maxBytes ? Buffer.concat(chunks) : undefined,
    request.headers['content-type'] ?? '',
  );
}

export class RequestBody {
  readonly #bytes: Buffer<ArrayBuffer> | undefined;
  readonly #contentType: string;

  constructor(bytes: Buffer<ArrayBuffer> | undefined, contentType: string) {
    this.#bytes = bytes;
    this.#contentType = contentType;
  }

  /** A JSON object; no body at all counts as an empty one. */
  json(): Record<string, unknown> {
    const bytes = this.#present();
    if (bytes.byteLength === 0) return {};
    let value: unknown;
    try {
      value = JSON.parse(bytes.toString('utf8'));
    } catch {
      throw invalid(
        'We could not parse the JSON body of your request. (HINT: This likely means you are not using your HTTP library correctly.)',
      );
    }
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw invalid('Invalid body: expected an object.');
    }
    return value as Record<string, unknown>;
  }

  async form(): Promise<FormData> {
    const bytes = this.#present();
    if (!this.#contentType.startsWith('multipart/form-data')) {
      throw invalid('Could not parse multipart form: the content type is not multipart/form-data.');
    }
    try {
      return await new Response(bytes, { headers: { 'content-type': this.#contentType } }).formData();
    } catch {
      throw invalid('Could not parse multipart form.');
    }
  }

  #present(): Buffer<ArrayBuffer> {
    if (this.#bytes === undefined) throw new ApiError(413, 'Maximum content size limit exceeded.');
    return this.#bytes;
  }
}
