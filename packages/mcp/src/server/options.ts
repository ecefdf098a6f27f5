import type { ConsentKind, VaultToolsOptions } from '@f9/agents';
import type { FileBackend } from '@f9/core';

/** One vault, whose root is `/`, or several by name, each below `/name`. */
export type ServedVaults = FileBackend | Readonly<Record<string, FileBackend>>;

/** Options of a server: its tools, and their limits. */
export interface VaultServerOptions extends Omit<VaultToolsOptions, 'parts'> {
  /** Kinds of changes for which the person at the client is asked first. Default: none. */
  readonly confirm?: readonly ConsentKind[];
  /** Called when a call has ended. */
  readonly onCall?: (call: ToolCall) => void;
}

/** One call of a tool, for an audit. No content of files is in it. */
export interface ToolCall {
  /** The time of the call. */
  readonly at: Date;
  /** The name of the tool. */
  readonly tool: string;
  /** The arguments, with the length in place of each text. */
  readonly arguments: Readonly<Record<string, unknown>>;
  /** `ok`, or the code of the error. */
  readonly outcome: string;
  /** Milliseconds that it took. */
  readonly duration: number;
}
