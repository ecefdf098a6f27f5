import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { PassThrough, Readable, Writable } from 'node:stream';
import { type Io, run } from '../../src/index.ts';
import { type Folder, temporaryFolder } from './folder.ts';

export interface Result {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly bytes: Uint8Array;
  /** Standard output as JSON documents, one a line. */
  readonly documents: Record<string, unknown>[];
}

export interface CallOptions {
  readonly stdin?: string | Uint8Array | Readable;
  readonly env?: Io['env'];
  readonly signal?: AbortSignal;
  /** Pretend that standard output and error are terminals. */
  readonly terminal?: boolean;
  /** Nobody reads standard output. */
  readonly closed?: boolean;
  /** Below the folder. */
  readonly cwd?: string;
}

/** A working directory, and the command run in it as a function of this process. */
export class Workplace implements AsyncDisposable {
  readonly #folder: Folder;

  private constructor(folder: Folder) {
    this.#folder = folder;
  }

  /** @param files contents by path */
  static async create(files: Readonly<Record<string, string | Uint8Array>> = {}): Promise<Workplace> {
    const place = new Workplace(await temporaryFolder());
    for (const [path, content] of Object.entries(files)) await place.write(path, content);
    return place;
  }

  get path(): string {
    return this.#folder.path;
  }

  get configPath(): string {
    return this.at('.config/config.json');
  }

  at(path: string): string {
    return join(this.path, path);
  }

  async write(path: string, content: string | Uint8Array): Promise<void> {
    await mkdir(dirname(this.at(path)), { recursive: true });
    await writeFile(this.at(path), content);
  }

  async text(path: string): Promise<string> {
    return await readFile(this.at(path), 'utf8');
  }

  /** Runs `f9 ...argv` here. */
  async f9(argv: readonly string[], options: CallOptions = {}): Promise<Result> {
    const {
      stdin = '',
      env = {},
      signal = new AbortController().signal,
      terminal = false,
      closed = false,
      cwd = '.',
    } = options;
    const [stdout, stderr] = [new Capture(terminal), new Capture(terminal)];
    const code = await run(argv, {
      stdin: stdin instanceof Readable ? stdin : Readable.from([Buffer.from(stdin)]),
      stdout: closed ? new ClosedPipe() : stdout,
      stderr,
      env: {
        HOME: this.path,
        PATH: process.env.PATH,
        F9_CONFIG: this.configPath,
        F9_CACHE: this.at('.cache'),
        ...env,
      },
      cwd: join(this.path, cwd),
      signal,
    });
    const bytes = stdout.bytes;
    return {
      code,
      bytes,
      stdout: bytes.toString(),
      stderr: stderr.bytes.toString(),
      get documents() {
        return bytes
          .toString()
          .split('\n')
          .filter((line) => line !== '')
          .map((line) => JSON.parse(line));
      },
    };
  }

  /** Runs it and expects that it succeeds. */
  async ok(argv: readonly string[], options?: CallOptions): Promise<Result> {
    const result = await this.f9(argv, options);
    if (result.code !== 0)
      throw new Error(`f9 ${argv.join(' ')} ended with ${result.code}: ${result.stderr}`);
    return result;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#folder[Symbol.asyncDispose]();
  }
}

/** As a pipe whose reader has gone. */
class ClosedPipe extends Writable {
  override _write(_chunk: unknown, _encoding: unknown, done: (error: Error) => void): void {
    done(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }));
  }
}

/** Keeps what is written to it. */
class Capture extends PassThrough {
  readonly isTTY: boolean;
  readonly columns = 80;
  readonly #chunks: Buffer[] = [];

  constructor(isTTY: boolean) {
    super();
    this.isTTY = isTTY;
    this.on('data', (chunk: Buffer) => this.#chunks.push(chunk));
  }

  get bytes(): Buffer {
    return Buffer.concat(this.#chunks);
  }
}
