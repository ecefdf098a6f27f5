import { spawn } from 'node:child_process';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface GitHttpServer extends AsyncDisposable {
  /** `http://127.0.0.1:port`, to be followed by the name of a repository. */
  readonly url: string;
  readonly port: number;
  /** How many requests were answered. */
  requests: number;
}

/**
 * Serves the bare repositories in `root` over HTTP, as a git host does: Node in front, git's own CGI program behind.
 *
 * @param users passwords by name; without them everybody may read and write
 */
export async function serveGitOverHttp(
  root: string,
  users?: Readonly<Record<string, string>>,
): Promise<GitHttpServer> {
  const server = createServer((request, response) => {
    handle.requests++;
    const user = authenticate(request, users);
    if (user === undefined) {
      response.writeHead(401, { 'www-authenticate': 'Basic realm="git"' }).end();
    } else {
      void runBackend(root, user, request, response);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const handle: GitHttpServer = {
    url: `http://127.0.0.1:${port}`,
    port,
    requests: 0,
    [Symbol.asyncDispose]: () => close(server),
  };
  return handle;
}

function authenticate(
  request: IncomingMessage,
  users: Readonly<Record<string, string>> | undefined,
): string | undefined {
  if (users === undefined) return 'anybody';
  const [, encoded = ''] = (request.headers.authorization ?? '').split('Basic ');
  const [name = '', ...password] = Buffer.from(encoded, 'base64').toString().split(':');
  return users[name] === password.join(':') && name in users ? name : undefined;
}

async function runBackend(
  root: string,
  user: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  // The whole body first: a backend whose input ends before the length it was told spins for ever.
  const body = await readBody(request);
  if (body === undefined) return;
  const { pathname, search } = new URL(request.url ?? '/', 'http://127.0.0.1');
  const { headers } = request;
  const backend = spawn('git', ['http-backend'], {
    env: {
      PATH: process.env.PATH,
      GIT_PROJECT_ROOT: root,
      GIT_HTTP_EXPORT_ALL: '1',
      GIT_CONFIG_NOSYSTEM: '1',
      PATH_INFO: decodeURIComponent(pathname),
      QUERY_STRING: search.slice(1),
      REQUEST_METHOD: request.method,
      REMOTE_USER: user,
      CONTENT_TYPE: headers['content-type'],
      CONTENT_LENGTH: String(body.length),
      HTTP_CONTENT_ENCODING: headers['content-encoding'],
      GIT_PROTOCOL: [headers['git-protocol']].flat()[0],
    },
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  // A backend that has heard enough closes its input; a client that goes away takes its backend with it.
  backend.stdin.on('error', () => undefined);
  backend.stdin.end(body);
  response.on('close', () => backend.kill('SIGKILL'));

  let head = Buffer.alloc(0);
  const readHead = (chunk: Buffer): void => {
    head = Buffer.concat([head, chunk]);
    const end = head.indexOf('\r\n\r\n');
    if (end < 0) return;
    backend.stdout.off('data', readHead);
    let status = 200;
    for (const line of head.subarray(0, end).toString().split('\r\n')) {
      const [name = '', value = ''] = line.split(': ');
      if (name === 'Status') status = Number.parseInt(value, 10);
      else response.setHeader(name, value);
    }
    response.writeHead(status);
    response.write(head.subarray(end + 4));
    backend.stdout.pipe(response);
  };
  backend.stdout.on('data', readHead);
  backend.on('close', () => {
    if (!response.headersSent) response.writeHead(500).end();
  });
}

/** `undefined` where the client went away in the middle. */
async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  try {
    return Buffer.concat(await request.toArray());
  } catch {
    return undefined;
  }
}

async function close(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeAllConnections();
  await closed;
}
