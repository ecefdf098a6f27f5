import { spawn } from 'node:child_process';
import { type AddressInfo, createServer, type Socket } from 'node:net';

export interface GitDaemon extends AsyncDisposable {
  /** `127.0.0.1:port` */
  readonly host: string;
}

/** Serves the bare repositories in `root` over the plain git protocol: one `git daemon --inetd` for each connection. */
export async function serveGitDaemon(root: string): Promise<GitDaemon> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => undefined);
    const daemon = spawn(
      'git',
      ['daemon', '--inetd', '--export-all', '--enable=receive-pack', `--base-path=${root}`],
      { stdio: ['pipe', 'pipe', 'ignore'] },
    );
    daemon.stdin.on('error', () => undefined);
    socket.pipe(daemon.stdin);
    daemon.stdout.pipe(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
