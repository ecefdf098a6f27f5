const beside = /^(.*\/)note-worker-file(\.[jt]s)$/.exec(import.meta.url);

/** The file of the thread for notes; `undefined` in a bundle, which has none. */
export const NOTE_WORKER_FILE: URL | undefined =
  beside === null ? undefined : new URL(`${beside[1]}note-worker${beside[2]}`);
