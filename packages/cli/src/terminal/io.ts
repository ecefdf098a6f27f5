import type { Readable, Writable } from 'node:stream';

export type Input = Readable & { readonly isTTY?: boolean };
export type Terminal = Writable & { readonly isTTY?: boolean; readonly columns?: number };

/** The world of one run of the command. */
export interface Io {
  readonly stdin: Input;
  readonly stdout: Terminal;
  readonly stderr: Terminal;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Absolute. */
  readonly cwd: string;
  /** Ends the run; a `Stopped` as its reason says with which exit code. */
  readonly signal: AbortSignal;
}

/** Why a run ends before its time. */
export class Stopped extends Error {
  readonly exitCode: number;

  constructor(message: string, exitCode: number) {
    super(message);
    this.exitCode = exitCode;
  }
}
