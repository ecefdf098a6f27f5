import {
  Agent,
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  request,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { S3Server } from './ceph.ts';

/** A request on its way to the server. */
export interface Passing {
  readonly method: string;
  /** Of the URL, as it is sent. */
  readonly url: string;
  /** Of the object, without the bucket; empty for the bucket itself. */
  readonly key: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface Answered {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** What becomes of a request: an answer, one of which only some bytes arrive, or none. */
export type Fate = Answered | { readonly answer: Answered; readonly cutAt: number } | 'reset' | 'silence';

/** Stands between; `forward` has the server do it. */
export type Between = (passing: Passing, forward: (changed?: Passing) => Promise<Answered>) => Promise<Fate>;

/** A server between f9 and the real one, which counts, delays, changes and loses what passes. */
export interface S3Proxy extends S3Server, AsyncDisposable {
  /** All that came, oldest first. */
  readonly passed: Passing[];
  between: Between;
  /** Milliseconds that every request takes more. */
  latency: number;
}

export async function startProxy(
  real: S3Server,
  between: Between = (_, forward) => forward(),
  address = '127.0.0.1',
): Promise<S3Proxy> {
  const agent = new Agent({ keepAlive: true });
  const sockets = new Set<Socket>();
  const listener = createServer((incoming, outgoing) => {
    serve(incoming, outgoing).catch(() => outgoing.destroy());
  });
  listener.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket)).on('error', () => undefined);
  });
  const { promise, resolve } = Promise.withResolvers<void>();
  listener.listen(0, address, resolve);
  await promise;
  const { port } = listener.address() as AddressInfo;
  const proxy: S3Proxy = {
    ...real,
    endpoint: `http://${address}:${port}`,
    passed: [],
    between,
    latency: 0,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      agent.destroy();
      await new Promise((done) => listener.close(done));
    },
  };

  async function serve(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const passing = await passingOf(incoming);
    proxy.passed.push(passing);
    if (proxy.latency > 0) await sleep(proxy.latency);
    const fate = await proxy.between(passing, (changed = passing) => forward(real, agent, changed));
    if (fate === 'silence') return;
    if (fate === 'reset') {
      outgoing.destroy();
      return;
    }
    const { status, headers, body } = 'answer' in fate ? fate.answer : fate;
    outgoing.writeHead(status, withLength(headers, body, passing.method));
    if ('answer' in fate) {
      outgoing.write(body.subarray(0, fate.cutAt), () => outgoing.destroy());
    } else outgoing.end(body);
  }
  return proxy;
}

/** An answer that the server did not give. */
export function refusal(status: number, code: string, more: IncomingHttpHeaders = {}): Answered {
  const body = Buffer.from(
    `<?xml version="1.0"?><Error><Code>${code}</Code><Message>made up</Message></Error>`,
  );
  return {
    status,
    headers: { 'content-type': 'application/xml', date: new Date().toUTCString(), ...more },
    body,
  };
}

/** The length is that of the body, whatever becomes of it; of a HEAD, that of the object. */
function withLength(headers: IncomingHttpHeaders, body: Buffer, method: string): IncomingHttpHeaders {
  const { 'transfer-encoding': _, connection: __, ...rest } = headers;
  return method === 'HEAD' ? rest : { ...rest, 'content-length': String(body.length) };
}

async function passingOf(incoming: IncomingMessage): Promise<Passing> {
  const { method = 'GET', url = '/', headers } = incoming;
  const { pathname, searchParams: query } = new URL(url, 'http://localhost');
  const [, , ...names] = pathname.split('/');
  const body = Buffer.concat(await Array.fromAsync(incoming as AsyncIterable<Buffer>));
  return { method, url, key: decodeURIComponent(names.join('/')), query, headers, body };
}

async function forward(
  real: S3Server,
  agent: Agent,
  { method, url, headers, body }: Passing,
): Promise<Answered> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const target = new URL(real.endpoint);
  request({ agent, host: target.hostname, port: target.port, method, path: url, headers }, resolve)
    .on('error', reject)
    .end(body);
  const answer = await promise;
  return {
    status: answer.statusCode!,
    headers: answer.headers,
    body: Buffer.concat(await Array.fromAsync(answer as AsyncIterable<Buffer>)),
  };
}
