import type { Readable, Writable } from 'node:stream';

/** Standard input. */
export type Input = Readable & { readonly isTTY?: boolean };
/** An output of the command. */
export type Terminal = Writable & { readonly isTTY?: boolean; readonly columns?: number };

/** The surroundings of one run of the command. */
export interface Io {
  /** Input for files, and answers to questions. */
  readonly stdin: Input;
  /** Results. */
  readonly stdout: Terminal;
  /** Errors, notes, progress and questions. */
  readonly stderr: Terminal;
  /** Environment variables. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The working directory, absolute. */
  readonly cwd: string;
  /** Ends the run; with a `Stopped` as its reason, that sets the exit code. */
  readonly signal: AbortSignal;
}

/** The reason for which a run ends early. */
export class Stopped extends Error {
  /** The exit code of the command. */
  readonly exitCode: number;

  constructor(message: string, exitCode: number) {
    super(message);
    this.exitCode = exitCode;
  }
}
