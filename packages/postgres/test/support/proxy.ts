import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** A message that passes, of the client or of the server. */
export interface Passing {
  readonly by: 'client' | 'server';
  /** The letter of its kind: `Q`, `P`, `B`, …; `-` for the first of a connection, which has none. */
  readonly kind: string;
  /** How many of both sides passed before it. */
  readonly number: number;
  /** The message, which can be changed as long as its length stays. */
  readonly bytes: Buffer;
}

/** Between a client and the server, message by message: counts, delays, cuts. */
export class MessageProxy implements AsyncDisposable {
  readonly port: number;
  /** Milliseconds that a message needs each way. */
  delay = 0;
  /** Is told of each message before it goes on; false: the connection is cut instead. */
  onMessage: (passing: Passing) => boolean = () => true;
  messages = 0;
  /** Times that the client sent something after the server had answered: what a network's latency is paid for. */
  roundTrips = 0;
  connections = 0;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(server: Server, port: number) {
    this.#server = server;
    this.port = port;
  }

  static async start(
    target: { readonly host: string; readonly port: number },
    address = '127.0.0.1',
  ): Promise<MessageProxy> {
    const server = createServer();
    server.listen(0, address);
    await once(server, 'listening');
    const proxy = new MessageProxy(server, (server.address() as { port: number }).port);
    server.on('connection', (client) => proxy.#join(client, connect(target)));
    return proxy;
  }

  reset(): void {
    this.messages = 0;
    this.roundTrips = 0;
    this.connections = 0;
    this.onMessage = () => true;
  }

  cutAll(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cutAll();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #join(client: Socket, server: Socket): void {
    this.connections++;
    let last: Passing['by'] = 'server';
    const cut = (): void => {
      client.destroy();
      server.destroy();
    };
    const pass = (by: Passing['by'], from: Socket, to: Socket): void => {
      const cutter = new Messages(by === 'client');
      from.setNoDelay(true);
      from.on('data', (data: Buffer) => {
        for (const { kind, bytes } of cutter.cut(data)) {
          if (from.destroyed) return;
          if (!this.onMessage({ by, kind, bytes, number: this.messages++ })) return cut();
          if (by === 'client' && last === 'server') this.roundTrips++;
          last = by;
          if (this.delay === 0) to.write(bytes);
          else void sleep(this.delay).then(() => to.destroyed || to.write(bytes));
        }
      });
      from.on('error', cut).on('close', cut);
      this.#sockets.add(from);
      from.on('close', () => this.#sockets.delete(from));
    };
    pass('client', client, server);
    pass('server', server, client);
  }
}

/** Cuts a stream of the protocol into its messages. */
class Messages {
  #rest = Buffer.alloc(0);
  #isFirst: boolean;

  /** @param isClient the first message of a client has no kind */
  constructor(isClient: boolean) {
    this.#isFirst = isClient;
  }

  *cut(data: Buffer): Generator<{ readonly kind: string; readonly bytes: Buffer }, void, void> {
    this.#rest = Buffer.concat([this.#rest, data]);
    while (true) {
      const head = this.#isFirst ? 0 : 1;
      if (this.#rest.length < head + 4) return;
      const end = head + this.#rest.readUInt32BE(head);
      if (this.#rest.length < end) return;
      const bytes = this.#rest.subarray(0, end);
      yield { kind: this.#isFirst ? '-' : String.fromCharCode(bytes[0]!), bytes };
      this.#isFirst = false;
      this.#rest = this.#rest.subarray(end);
    }
  }
}
