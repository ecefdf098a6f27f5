import type { ConsentKind, VaultToolsOptions } from '@f9/agents';
import type { FileBackend } from '@f9/core';

/** One vault, whose root is `/`, or several by name, each below `/name`. */
export type ServedVaults = FileBackend | Readonly<Record<string, FileBackend>>;

/** What a server offers, and how far it goes. */
export interface VaultServerOptions extends Omit<VaultToolsOptions, 'parts'> {
  /** What the person at the client is asked for first. Default: nothing. */
  readonly confirm?: readonly ConsentKind[];
  /** Told of every call that was made, when it ends. */
  readonly onCall?: (call: ToolCall) => void;
}

/** One call of a tool, for an audit. No content of files is in it. */
export interface ToolCall {
  /** When it was called. */
  readonly at: Date;
  /** What was called. */
  readonly tool: string;
  /** Arguments that are paths, or say which and how many; texts are given as their length. */
  readonly arguments: Readonly<Record<string, unknown>>;
  /** `ok`, or the code of the error. */
  readonly outcome: string;
  /** Milliseconds. */
  readonly duration: number;
}
