import { spawn } from 'node:child_process';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';

/**
 * Serves the bare repositories in a folder over the plain git protocol on 127.0.0.1: one `git daemon --inetd` for each connection. Can
 * be taken off the network, and comes back at the same port.
 */
export class GitDaemon implements AsyncDisposable {
  /** The folder that is served, to whoever connects from now on. */
  root: string;
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;
  #port = 0;

  private constructor(root: string) {
    this.root = root;
  }

  static async start(root: string): Promise<GitDaemon> {
    const daemon = new GitDaemon(root);
    await daemon.setReachable(true);
    return daemon;
  }

  get url(): string {
    return `git://127.0.0.1:${this.#port}`;
  }

  async setReachable(isReachable: boolean): Promise<void> {
    if (isReachable === (this.#server !== undefined)) return;
    if (!isReachable) {
      const server = this.#server!;
      this.#server = undefined;
      for (const socket of this.#sockets) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
      return;
    }
    const server = createServer((socket) => this.#serve(socket));
    await new Promise<void>((resolve) => server.listen(this.#port, '127.0.0.1', resolve));
    this.#port = (server.address() as AddressInfo).port;
    this.#server = server;
  }

  #serve(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('close', () => this.#sockets.delete(socket));
    socket.on('error', () => undefined);
    const daemon = spawn(
      'git',
      ['daemon', '--inetd', '--export-all', '--enable=receive-pack', `--base-path=${this.root}`],
      { stdio: ['pipe', 'pipe', 'ignore'] },
    );
    daemon.stdin.on('error', () => undefined);
    socket.pipe(daemon.stdin);
    daemon.stdout.pipe(socket);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.setReachable(false);
  }
}
