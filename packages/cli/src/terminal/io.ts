import type { Readable, Writable } from 'node:stream';

/** Where the command reads. */
export type Input = Readable & { readonly isTTY?: boolean };
/** Where the command prints. */
export type Terminal = Writable & { readonly isTTY?: boolean; readonly columns?: number };

/** The world of one run of the command. */
export interface Io {
  /** What is written and answered. */
  readonly stdin: Input;
  /** Results. */
  readonly stdout: Terminal;
  /** Errors, notes, progress and questions. */
  readonly stderr: Terminal;
  /** Environment variables. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Absolute. */
  readonly cwd: string;
  /** Ends the run; a `Stopped` as its reason says with which exit code. */
  readonly signal: AbortSignal;
}

/** Why a run ends before its time. */
export class Stopped extends Error {
  /** What the command ends with. */
  readonly exitCode: number;

  constructor(message: string, exitCode: number) {
    super(message);
    this.exitCode = exitCode;
  }
}
