import { fileURLToPath } from 'node:url';

/** `undefined` in a bundle of CommonJS, which has no address: every frame is told then. */
const ADDRESS = import.meta.url as string | undefined;
const HERE = ADDRESS === undefined ? undefined : fileURLToPath(ADDRESS);

type Method = (...args: unknown[]) => unknown;

/** A call of the suite that has not ended. */
interface PendingCall {
  readonly what: string;
  /** An error whose stack leads to the line of the call. */
  readonly calledFrom: Error;
  /** The time from which the call counts; `undefined` while it runs code of the case, as a session runs its body. */
  since: number | undefined;
}

/** All calls under way that a case may wait for: of a backend, a session, a stream or a hook. */
export class PendingWork {
  readonly #calls = new Set<PendingCall>();
  readonly #watched = new WeakSet<object>();
  /** The time when a call last began or ended. */
  #lastSign: number = performance.now();

  /**
   * Notices every call of the backend from now on. The object stays the one that its author made.
   *
   * @param untimed methods whose time is not that of the backend
   */
  watch<T extends object>(backend: T, name = '', untimed: readonly string[] = []): T {
    if (this.#watched.has(backend)) return backend;
    this.#watched.add(backend);
    for (const [key, method] of methodsOf(backend)) {
      const what =
        name + (typeof key === 'string' ? key : key === Symbol.asyncDispose ? 'dispose' : 'iterate');
      Object.defineProperty(backend, key, {
        configurable: true,
        writable: true,
        value: (...args: unknown[]) =>
          this.#call(what, backend, method, args, !untimed.includes(String(key))),
      });
    }
    return backend;
  }

  /** Notices the work of a hook. @param isTimed false where the time is not that of the backend */
  async during<T>(what: string, work: () => T | Promise<T>, isTimed = true): Promise<T> {
    const call = this.#begin(what, isTimed);
    try {
      return await work();
    } finally {
      this.#end(call);
    }
  }

  /** The calls that have not ended, for messages. */
  toString(): string {
    return [...this.#calls].map(({ what }) => what).join(', ') || 'nothing of the backend';
  }

  /** The reason why the case cannot be expected to end; `undefined` while it can. */
  stuckFor(patience: number): Error | undefined {
    const now = performance.now();
    const [oldest] = [...this.#calls].sort((a, b) => (a.since ?? now) - (b.since ?? now));
    if (oldest !== undefined) {
      const waited = now - (oldest.since ?? now);
      return waited > patience ? hangOf(oldest, waited) : undefined;
    }
    if (now - this.#lastSign <= patience) return undefined;
    return new Error(
      `It hangs: nothing of the backend is pending, and nothing happened for ${Math.round(patience)} ms`,
    );
  }

  #begin(what: string, isTimed: boolean): PendingCall {
    this.#lastSign = performance.now();
    const since = isTimed ? this.#lastSign : undefined;
    const call = { what, calledFrom: new Error(what), since };
    this.#calls.add(call);
    return call;
  }

  #end(call: PendingCall): void {
    this.#lastSign = performance.now();
    this.#calls.delete(call);
  }

  #call(name: string, self: object, method: Method, args: readonly unknown[], isTimed: boolean): unknown {
    const [first] = args;
    const what = `${name}(${typeof first === 'string' ? JSON.stringify(first) : ''})`;
    const call = this.#begin(what, isTimed);
    let result: unknown;
    try {
      result = Reflect.apply(
        method,
        self,
        args.map((arg) => (isFunction(arg) ? this.#body(arg, call) : arg)),
      );
    } catch (error) {
      this.#end(call);
      throw error;
    }
    if (result instanceof Promise) {
      const ended = (value?: unknown): void => {
        this.#end(call);
        if (isSession(value)) this.watch(value, 'session.');
      };
      result.then(ended, () => ended());
      return result;
    }
    this.#end(call);
    return isSequence(result) ? this.watch(result, `${what}.`) : result;
  }

  /** A function of the case that the backend calls, so that its time is not that of the backend. */
  #body(body: Method, call: PendingCall): Method {
    return (...args) => {
      if (isSession(args[0])) this.watch(args[0], 'session.');
      const goesOn = (): void => {
        call.since = performance.now();
      };
      call.since = undefined;
      let result: unknown;
      try {
        result = body(...args);
      } catch (error) {
        goesOn();
        throw error;
      }
      if (result instanceof Promise) result.then(goesOn, goesOn);
      else goesOn();
      return result;
    };
  }
}

/** Methods by name; an object's own come before inherited ones. */
function methodsOf(object: object): Map<string | symbol, Method> {
  const methods = new Map<string | symbol, Method>();
  for (
    let owner = object;
    owner !== Object.prototype && owner !== null;
    owner = Object.getPrototypeOf(owner)
  ) {
    for (const key of [...Object.getOwnPropertyNames(owner), Symbol.asyncDispose, Symbol.asyncIterator]) {
      const method: unknown = Object.getOwnPropertyDescriptor(owner, key)?.value;
      if (key !== 'constructor' && key !== 'toJSON' && isFunction(method) && !methods.has(key))
        methods.set(key, method);
    }
  }
  return methods;
}

function isFunction(value: unknown): value is Method {
  return typeof value === 'function';
}

function isSession(value: unknown): value is object {
  return typeof value === 'object' && value !== null && 'commit' in value;
}

/** Whether a value is a stream, its reader, a listing or an iterator. */
function isSequence(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  return Symbol.asyncIterator in value || 'next' in value || 'releaseLock' in value;
}

/** The error of a call that hangs, with the stack of that call. */
function hangOf({ what, calledFrom }: PendingCall, waited: number): Error {
  const frames = (calledFrom.stack ?? '').split('\n').slice(1);
  const outside = frames.filter((frame) => HERE === undefined || !frame.includes(HERE));
  const line = /\(?((?:file:)?\/[^()]+:\d+:\d+)\)?$/.exec(outside[0] ?? '')?.[1] ?? 'an unknown line';
  const error = new Error(`It hangs: ${what} is pending for ${Math.round(waited)} ms, called at ${line}`);
  error.stack = [`Error: ${error.message}`, ...outside].join('\n');
  return error;
}
