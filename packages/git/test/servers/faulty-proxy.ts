import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** What goes wrong once `after` bytes have gone one way, counted over all connections from the moment it is set. */
export interface Fault {
  readonly direction: 'to server' | 'to client';
  readonly after: number;
  /** Cut the connection, this time or for good; or keep it open and pass nothing on any more. */
  readonly action: 'drop once' | 'drop' | 'stall';
}

/** A TCP proxy on 127.0.0.1 in front of a server, that can be told to fail. */
export class FaultyProxy implements AsyncDisposable {
  readonly #server = createServer((client) => this.#serve(client));
  readonly #sockets = new Set<Socket>();
  readonly #target: number;
  #fault: Fault | undefined;
  readonly #bytes = { 'to server': 0, 'to client': 0 };

  private constructor(target: number) {
    this.#target = target;
  }

  static async start(target: number): Promise<FaultyProxy> {
    const proxy = new FaultyProxy(target);
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Bytes that went each way since the fault was last set. */
  get bytes(): Readonly<Record<Fault['direction'], number>> {
    return this.#bytes;
  }

  /** From now on this goes wrong, or nothing does. */
  set fault(fault: Fault | undefined) {
    this.#fault = fault;
    this.#bytes['to server'] = 0;
    this.#bytes['to client'] = 0;
    for (const socket of this.#sockets) socket.destroy();
  }

  #serve(client: Socket): void {
    const server = connect(this.#target, '127.0.0.1');
    this.#pass(client, server, 'to server');
    this.#pass(server, client, 'to client');
  }

  #pass(from: Socket, to: Socket, direction: Fault['direction']): void {
    this.#sockets.add(from);
    from.on('data', (chunk) => {
      const fault = this.#fault;
      const left =
        fault?.direction === direction ? Math.max(0, fault.after - this.#bytes[direction]) : chunk.length;
      this.#bytes[direction] += Math.min(left, chunk.length);
      if (left > 0) to.write(chunk.subarray(0, left));
      if (left < chunk.length && fault !== undefined && fault.action !== 'stall') {
        if (fault.action === 'drop once') this.#fault = undefined;
        // What was let through still arrives.
        to.end(() => to.destroy());
        from.destroy();
      }
    });
    from.on('end', () => {
      if (!this.#isStalled()) to.end();
    });
    from.on('error', () => to.destroy());
    from.on('close', () => {
      this.#sockets.delete(from);
      if (!this.#isStalled()) to.end();
    });
  }

  #isStalled(): boolean {
    const fault = this.#fault;
    return fault?.action === 'stall' && this.#bytes[fault.direction] >= fault.after;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }
}
