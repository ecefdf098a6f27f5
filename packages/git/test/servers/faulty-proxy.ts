import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** What goes wrong once `after` bytes have gone one way, counted over all connections from the moment it is set. */
export interface Fault {
  readonly direction: 'to server' | 'to client';
  readonly after: number;
  /** The first words of a request: bytes count from this one on. */
  readonly request?: string;
  /** Cut the connection; or keep it open and pass nothing on any more. */
  readonly action: 'drop' | 'stall';
}

/** A TCP proxy on 127.0.0.1 in front of a server, that can be told to fail. */
export class FaultyProxy implements AsyncDisposable {
  readonly #server = createServer((client) => this.#serve(client));
  readonly #sockets = new Set<Socket>();
  readonly #target: number;
  #fault: Fault | undefined;
  #isAwaited = false;
  #hasStruck = false;
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

  /** Whether what was to go wrong did. */
  get hasStruck(): boolean {
    return this.#hasStruck;
  }

  /** From now on this goes wrong, or nothing does; connections that are open are cut. */
  set fault(fault: Fault | undefined) {
    this.#fault = fault;
    this.#isAwaited = fault?.request !== undefined;
    this.#hasStruck = false;
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
      if (direction === 'to server' && chunk.includes(fault?.request ?? '')) this.#isAwaited = false;
      const isLimited = fault?.direction === direction && !this.#isAwaited;
      const left = isLimited ? Math.max(0, fault.after - this.#bytes[direction]) : chunk.length;
      if (!this.#isAwaited) this.#bytes[direction] += Math.min(left, chunk.length);
      if (left > 0) to.write(chunk.subarray(0, left));
      if (left >= chunk.length) return;
      this.#hasStruck = true;
      if (fault?.action === 'drop') {
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
    return fault?.action === 'stall' && !this.#isAwaited && this.#bytes[fault.direction] >= fault.after;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }
}
