/** Runs `work` on every item, at most `limit` at a time; the first failure starts no more, waits for what runs, and is thrown. */
export async function forEachConcurrently<T>(
  items: Iterable<T>,
  limit: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const queue = items[Symbol.iterator]();
  let failure: { readonly error: unknown } | undefined;
  const worker = async (first: T): Promise<void> => {
    try {
      await work(first);
      for (let next = queue.next(); next.done !== true && failure === undefined; next = queue.next()) {
        await work(next.value);
      }
    } catch (error) {
      failure ??= { error };
    }
  };
  const workers: Promise<void>[] = [];
  while (workers.length < limit && failure === undefined) {
    const { value, done } = queue.next();
    if (done === true) break;
    workers.push(worker(value));
  }
  await Promise.all(workers);
  if (failure !== undefined) throw failure.error;
}
