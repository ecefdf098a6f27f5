import type { ServerResponse } from 'node:http';
import type { Reply } from '../routes/api-call.ts';
import type { ApiError } from '../state/api-error.ts';

/** Milliseconds between polls of the SDK; without this header it waits 5,000. */
const POLL_AFTER = 20;

export interface Answer {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: Buffer;
}

export function answerOf(reply: Reply): Answer {
  if ('bytes' in reply) {
    return {
      status: 200,
      headers: { 'content-type': 'application/octet-stream' },
      body: Buffer.from(reply.bytes),
    };
  }
  return jsonAnswer(200, reply.json, { 'openai-poll-after-ms': String(POLL_AFTER) });
}

export function errorAnswer(error: ApiError): Answer {
  const retry = error.retryAfter === undefined ? {} : { 'retry-after': String(error.retryAfter) };
  return jsonAnswer(error.status, error.body, retry);
}

function jsonAnswer(status: number, json: object, headers: Record<string, string>): Answer {
  return {
    status,
    headers: { 'content-type': 'application/json', ...headers },
    body: Buffer.from(JSON.stringify(json)),
  };
}

export function send(response: ServerResponse, answer: Answer): void {
  writeHead(response, answer);
  response.end(answer.body);
}

/** Sends the headers and half of the body; `then` runs once the kernel has them. */
export function sendHalf(response: ServerResponse, answer: Answer, then: () => void): void {
  writeHead(response, answer);
  response.write(answer.body.subarray(0, answer.body.byteLength >> 1), then);
}

function writeHead(response: ServerResponse, { status, headers, body }: Answer): void {
  response.writeHead(status, { ...headers, 'content-length': body.byteLength });
}
