import fs from 'node:fs';

// The file through which the shim is told what to do, and tells what it saw. Its layout, and these numbers, are those of shim.c.

/** Kinds of system calls, as a set: what changes something, of that what writes bytes, what opens only to look, and what reads. */
export const CALLS = { change: 1, write: 2, open: 4, read: 8 } as const;

const ACTIONS = { none: 0, fail: 1, short: 2, kill: 3, killHalfway: 4, shortThenFail: 5 } as const;
const ERRNOS = { EIO: 5, EMFILE: 24, ENOSPC: 28 } as const;
const SIZE = 256 * 1024;
const HEADER = 32;
const NEVER = 0xffffffff;

export type Errno = keyof typeof ERRNOS;

export interface Injection {
  readonly calls: number;
  readonly action: keyof typeof ACTIONS;
  /** The point to act at, counted from 1. */
  readonly point: number;
  /** Act at all later ones too. */
  readonly lasting?: boolean;
  readonly errno?: Errno;
}

export interface Seen {
  readonly points: number;
  readonly hits: number;
  /** Each point: the call, and the paths below the folder that is watched. */
  readonly calls: readonly string[];
}

/** What the shim does in the process that was started with this file. */
export class Shim implements Disposable {
  readonly path: string;
  readonly #fd: number;

  constructor(path: string) {
    this.path = path;
    this.#fd = fs.openSync(path, fs.constants.O_RDWR | fs.constants.O_CREAT);
    fs.ftruncateSync(this.#fd, SIZE);
  }

  /** Watches those calls from now on, and does nothing. */
  count(calls: number): void {
    this.arm({ calls, action: 'none', point: NEVER });
  }

  arm({ calls, action, point, lasting = false, errno = 'EIO' }: Injection): void {
    const last = lasting || action === 'shortThenFail' ? NEVER : point;
    this.#write([calls, ACTIONS[action], point, last, ERRNOS[errno], 0, 0, 0]);
  }

  /** Stops it, and tells what it saw since it was armed. */
  disarm(): Seen {
    const seen = this.seen();
    this.#write([0, 0, 0, 0, 0, 0, 0, 0]);
    return seen;
  }

  seen(): Seen {
    const bytes = Buffer.alloc(SIZE);
    fs.readSync(this.#fd, bytes, 0, SIZE, 0);
    const logged = Math.min(bytes.readUInt32LE(28), SIZE - HEADER);
    const log = bytes.toString('utf8', HEADER, HEADER + logged);
    return {
      points: bytes.readUInt32LE(20),
      hits: bytes.readUInt32LE(24),
      calls: log.split('\n').slice(0, -1),
    };
  }

  #write(words: readonly number[]): void {
    fs.writeSync(this.#fd, Buffer.from(Uint32Array.from(words).buffer), 0, HEADER, 0);
  }

  [Symbol.dispose](): void {
    fs.closeSync(this.#fd);
  }
}
