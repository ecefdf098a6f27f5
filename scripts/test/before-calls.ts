import { subscribe, unsubscribe } from 'node:diagnostics_channel';

/** Has `listener` called right before each of these functions of a module or a class, until the result is called. */
export function beforeCalls(owner: object, names: readonly string[], listener: () => void): () => void {
  const originals = names.map((name): [string, unknown] => [name, Reflect.get(owner, name)]);
  for (const [name, original] of originals) {
    if (typeof original !== 'function') throw new Error(`There is no ${name} to listen to`);
    Reflect.set(owner, name, function (this: unknown, ...args: unknown[]): unknown {
      listener();
      return Reflect.apply(original, this, args);
    });
  }
  return () => {
    for (const [name, original] of originals) Reflect.set(owner, name, original);
  };
}

/** Has `listener` called with each request over HTTP that this process sends, until the result is called. */
export function withRequests(listener: () => void): () => void {
  const told = (): void => listener();
  const channels = ['undici:client:sendHeaders', 'http.client.request.start'];
  for (const channel of channels) subscribe(channel, told);
  return () => {
    for (const channel of channels) unsubscribe(channel, told);
  };
}
