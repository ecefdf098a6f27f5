import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

const ENVIRONMENT = {
  PATH: process.env.PATH,
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_AUTHOR_NAME: 'Ada',
  GIT_AUTHOR_EMAIL: 'ada@example.com',
  GIT_COMMITTER_NAME: 'Ada',
  GIT_COMMITTER_EMAIL: 'ada@example.com',
};

export async function git(cwd: string, ...args: string[]): Promise<string> {
  const { stdout } = await run('git', args, { cwd, env: ENVIRONMENT });
  return stdout.trim();
}

/** Whether the git command is here, and its server. */
export async function hasGit(): Promise<boolean> {
  return await git(tmpdir(), 'http-backend').then(
    () => true,
    // Outside of a server it says so, and exits with an error of its own.
    (error: { stdout?: string; stderr?: string }) =>
      /Status: 500|REQUEST_METHOD/.test(`${error.stdout}${error.stderr}`),
  );
}

export interface GitServer extends AsyncDisposable {
  readonly url: string;
  /** The bare repository. */
  readonly path: string;
}

/** A real git server with one repository, that holds `files` on `main`. */
export async function serveRepository(
  files: Readonly<Record<string, string | Uint8Array>>,
): Promise<GitServer> {
  const folder = await mkdtemp(join(tmpdir(), 'f9-git-server-'));
  const work = join(folder, 'work');
  for (const [path, data] of Object.entries(files)) {
    await mkdir(dirname(join(work, path)), { recursive: true });
    await writeFile(join(work, path), data);
  }
  await git(work, 'init', '-q', '-b', 'main');
  await git(work, 'add', '-A');
  await git(work, 'commit', '-q', '-m', 'Begin');
  await git(folder, 'clone', '-q', '--bare', 'work', 'repo.git');
  await git(join(folder, 'repo.git'), 'config', 'http.receivepack', 'true');

  const running = new Set<ChildProcess>();
  const server = createServer((request, response) => void answer(folder, running, request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/repo.git`,
    path: join(folder, 'repo.git'),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      for (const child of running) child.kill();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Runs `git http-backend` as a CGI program. */
async function answer(
  root: string,
  running: Set<ChildProcess>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://127.0.0.1');
  const child = spawn('git', ['http-backend'], {
    env: {
      ...ENVIRONMENT,
      GIT_PROJECT_ROOT: root,
      GIT_HTTP_EXPORT_ALL: '1',
      PATH_INFO: url.pathname,
      QUERY_STRING: url.search.slice(1),
      REQUEST_METHOD: request.method,
      CONTENT_TYPE: request.headers['content-type'] ?? '',
      HTTP_CONTENT_ENCODING: request.headers['content-encoding'] ?? '',
      GIT_PROTOCOL: request.headers['git-protocol']?.toString() ?? '',
      REMOTE_USER: 'ada',
    },
  });
  running.add(child);
  request.pipe(child.stdin);
  const output = Buffer.concat(await Array.fromAsync(child.stdout as AsyncIterable<Buffer>));
  running.delete(child);
  const end = output.indexOf('\r\n\r\n');
  for (const line of output.subarray(0, end).toString().split('\r\n')) {
    const [name, value] = line.split(': ') as [string, string];
    if (name === 'Status') response.statusCode = Number.parseInt(value, 10);
    else response.setHeader(name, value);
  }
  response.end(output.subarray(end + 4));
}
