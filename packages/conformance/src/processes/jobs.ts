import { type FileBackend, isFileBackendError } from '@f9/core';

/** Messages between a job and the case that gave it. */
export interface Talk {
  /** Tells the case something. */
  tell(value: unknown): void;
  /** Waits until the case says to go on. */
  wait(): Promise<void>;
  /** Whether the case wants the job to end. */
  isOver(): boolean;
}

/** Jobs of other processes. Each acts as a program would: it tries again what is busy. */
export const JOBS = {
  /** Appends lines to a file, one by one, and tells each acknowledged one. */
  async appendLines(
    backend: FileBackend,
    { path, name, lines, once }: { path: string; name: string; lines: number; once?: true },
    talk: Talk,
  ): Promise<void> {
    for (let i = 0; i < lines && !(await isOver(talk)); i++) {
      const line = `${name}-${i}\n`;
      const append = (): Promise<unknown> => backend.update(path, { data: line, append: true });
      await (once === true ? append() : insist(append));
      talk.tell(line);
    }
  },

  /** Adds lines by rewriting the whole file, if it is still as it was read, and tells each acknowledged one. */
  async addLines(
    backend: FileBackend,
    {
      path,
      name,
      lines,
      how,
    }: { path: string; name: string; lines: number; how: 'update' | 'stream' | 'edit' },
    talk: Talk,
  ): Promise<void> {
    for (let i = 0; i < lines && !(await isOver(talk)); i++) {
      const line = `${name}-${i}\n`;
      if (how === 'edit') await backend.edit(path, (bytes) => `${textOf(bytes)}${line}`);
      else await insist(() => addLine(backend, path, line, how));
      talk.tell(line);
    }
  },

  /** Changes a file that comes and goes, with and without a condition, but never makes it. */
  async meddle(backend: FileBackend, { path }: { path: string }, talk: Talk): Promise<void> {
    for (let i = 0; !(await isOver(talk)); i++) {
      const change = (): Promise<unknown> =>
        i % 3 === 0
          ? backend.update(path, { data: 'a', append: true })
          : addLine(backend, path, 'c', i % 3 === 1 ? 'update' : 'stream');
      await outcomeOf(insist(change), 'NOT_FOUND', 'PRECONDITION_FAILED');
    }
  },

  /** Makes files, each only if nothing is there, and gives the paths of those that it made. */
  async makeEach(
    backend: FileBackend,
    { paths, data }: { paths: readonly string[]; data: string },
  ): Promise<string[]> {
    const made: string[] = [];
    for (const path of paths) {
      const create = insist(() => backend.create(path, { data }));
      const outcome = await outcomeOf(create, 'ALREADY_EXISTS', 'NOT_DIRECTORY', 'IS_DIRECTORY');
      if (outcome === 'done') made.push(path);
    }
    return made;
  },

  /** Replaces a file by versions of one letter each, of the sizes given. */
  async replace(
    backend: FileBackend,
    { path, sizes, times }: { path: string; sizes: Readonly<Record<string, number>>; times: number },
    talk: Talk,
  ): Promise<void> {
    const versions = Object.entries(sizes).map(([letter, size]) => letter.repeat(size));
    for (let i = 0; i < times && !(await isOver(talk)); i++) {
      await insist(() => backend.update(path, { data: versions[i % versions.length]! }));
    }
  },

  /** Writes a file, and waits in the middle of its source until the case says to go on. */
  async pause(
    backend: FileBackend,
    { path, operation, ifMatch }: { path: string; operation: PausedOperation; ifMatch?: string },
    talk: Talk,
  ): Promise<string> {
    async function* source(): AsyncGenerator<string> {
      yield 'paused ';
      await talk.wait();
      yield 'and gone on\n';
    }
    const condition = ifMatch === undefined ? {} : { ifMatch };
    const work = {
      create: () => backend.create(path, { data: source() }),
      update: () => backend.update(path, { data: source(), ...condition }),
      append: () => backend.update(path, { data: source(), append: true, ...condition }),
      streamWrite: () =>
        backend.streamWrite(path, { chunkSource: source(), overwrite: ifMatch !== undefined, ...condition }),
    }[operation];
    return await outcomeOf(work());
  },

  /** Holds a session until the case says to go on, and then writes and commits in it. */
  async holdSession(
    backend: FileBackend,
    { path, data }: { path: string; data: string },
    talk: Talk,
  ): Promise<{ readonly write: string; readonly commit: string }> {
    const session = await backend.syncSession();
    await talk.wait();
    const write = await outcomeOf(session.create(path, { data, overwrite: true }));
    const commit = await outcomeOf(session.commit());
    await session[Symbol.asyncDispose]();
    return { write, commit };
  },
};

export type JobName = keyof typeof JOBS;
export type JobArguments<Name extends JobName> = Parameters<(typeof JOBS)[Name]>[1];
export type JobResult<Name extends JobName> = Awaited<ReturnType<(typeof JOBS)[Name]>>;
export type PausedOperation = 'create' | 'update' | 'append' | 'streamWrite';

/** Adds a line to a file if nobody changed it since it was read. */
async function addLine(
  backend: FileBackend,
  path: string,
  line: string,
  how: 'update' | 'stream',
): Promise<unknown> {
  while (true) {
    const { etag } = await backend.info(path);
    const before = await backend.read(path, { binary: false });
    if (etag === undefined) throw new Error(`info of ${JSON.stringify(path)} gives no etag`);
    const condition = { ifMatch: etag };
    const write =
      how === 'update'
        ? backend.update(path, { data: before + line, ...condition })
        : backend.streamWrite(path, { chunkSource: [before, line], overwrite: true, ...condition });
    if ((await outcomeOf(write, 'PRECONDITION_FAILED')) === 'done') return;
  }
}

function textOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

/** Whether the case wants the job to end. It can say so only in another turn of the event loop, and a backend may need none. */
async function isOver(talk: Talk): Promise<boolean> {
  await new Promise(setImmediate);
  return talk.isOver();
}

/** Does `work` again while the store is busy with others. */
export async function insist<T>(work: () => Promise<T>): Promise<T> {
  while (true) {
    try {
      return await work();
    } catch (error) {
      if (!isFileBackendError(error) || error.code !== 'BUSY') throw error;
      await new Promise((resolve) => setTimeout(resolve, 1 + Math.random() * 5));
    }
  }
}

/** `'done'`, or the code of the error; if codes are expected, any other error is thrown. */
async function outcomeOf(work: Promise<unknown>, ...expected: readonly string[]): Promise<string> {
  try {
    await work;
    return 'done';
  } catch (error) {
    if (!isFileBackendError(error)) throw error;
    if (expected.length > 0 && !expected.includes(error.code)) throw error;
    return error.code;
  }
}
