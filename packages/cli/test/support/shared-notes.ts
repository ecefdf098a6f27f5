import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { type GitHttpServer, serveGitOverHttp } from '../../../../examples/support/git-http-server.ts';
import { Workplace } from './command.ts';
import { git } from './repository.ts';

/** The way to a server, which can be cut and comes back at the same address. */
class Network {
  readonly #target: number;
  #server: Server | undefined;
  readonly #sockets = new Set<Socket>();
  port = 0;

  constructor(target: number) {
    this.#target = target;
  }

  async up(): Promise<void> {
    this.#server = createServer((socket) => {
      const onward = connect(this.#target, '127.0.0.1');
      for (const each of [socket, onward]) {
        this.#sockets.add(each.on('error', () => undefined).on('close', () => this.#sockets.delete(each)));
      }
      socket.pipe(onward).pipe(socket);
    }).listen(this.port, '127.0.0.1');
    await once(this.#server, 'listening');
    this.port = (this.#server.address() as AddressInfo).port;
  }

  async down(): Promise<void> {
    const closed = new Promise((resolve) => this.#server?.close(resolve));
    for (const socket of this.#sockets) socket.destroy();
    if (this.#server?.listening === true) await closed;
  }
}

/** A vault `notes` whose remote is served over HTTP, and somebody else who pushes to it. */
export class SharedNotes implements AsyncDisposable {
  readonly place: Workplace;
  readonly #server: GitHttpServer;
  readonly #network: Network;
  readonly #theirs: string;

  private constructor(place: Workplace, server: GitHttpServer, network: Network) {
    this.place = place;
    this.#server = server;
    this.#network = network;
    this.#theirs = place.at('theirs');
  }

  /** @param users who may log in, by name with their passwords; others may be put in their place later */
  static async create(users?: Readonly<Record<string, string>>): Promise<SharedNotes> {
    const place = await Workplace.create({ 'theirs/a.md': 'A' });
    git(place.path, 'init', '--quiet', '--bare', '--initial-branch=main', 'served/notes.git');
    git(place.at('served/notes.git'), 'config', 'http.receivepack', 'true');
    git(place.at('theirs'), 'init', '--quiet', '--initial-branch=main');
    git(place.at('theirs'), 'remote', 'add', 'origin', place.at('served/notes.git'));
    const server = await serveGitOverHttp(place.at('served'), users);
    const network = new Network(server.port);
    await network.up();
    const notes = new SharedNotes(place, server, network);
    await notes.theyPush();
    const uri = `git+http://127.0.0.1:${network.port}/notes.git@main?allow_insecure=true&timeout=5&path=${encodeURIComponent(place.at('clone'))}`;
    await place.ok(['vaults', 'add', '--no-check', 'notes', uri]);
    return notes;
  }

  async theyWrite(path: string, text: string): Promise<void> {
    await this.place.write(`theirs/${path}`, text);
    await this.theyPush();
  }

  async theyDelete(...paths: string[]): Promise<void> {
    for (const path of paths) await rm(this.place.at(`theirs/${path}`));
    await this.theyPush();
  }

  async theyPush(...options: string[]): Promise<void> {
    const who = ['-c', 'user.name=They', '-c', 'user.email=they@example.com'];
    git(this.#theirs, 'add', '--all');
    git(this.#theirs, ...who, 'commit', '--quiet', '--allow-empty', '-m', 'Theirs');
    git(this.#theirs, 'push', '--quiet', ...options, 'origin', 'main');
  }

  get requests(): number {
    return this.#server.requests;
  }

  /** What they pushed is another history than what was there. */
  async theyRewrite(path: string, text: string): Promise<void> {
    git(this.#theirs, 'checkout', '--quiet', '--orphan', 'other');
    git(this.#theirs, 'branch', '--quiet', '-D', 'main');
    git(this.#theirs, 'branch', '--quiet', '-m', 'main');
    await this.place.write(`theirs/${path}`, text);
    await this.theyPush('--force');
  }

  async goOffline(): Promise<void> {
    await this.#network.down();
  }

  async comeBack(): Promise<void> {
    await this.#network.up();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#network.down();
    await this.#server[Symbol.asyncDispose]();
    await this.place[Symbol.asyncDispose]();
  }
}
