import type { FileBackend } from '@f9/core';

/** A vault to be used for a long time, opened for this alone. */
export interface Soaked extends AsyncDisposable {
  readonly vault: FileBackend;
  /** What this backend can do beyond the operations that all share; each leaves the vault as it was. */
  readonly operations?: Readonly<Record<string, (round: number) => Promise<unknown>>>;
}

/** What the module of a backend exports. */
export interface Soakable {
  open(): Promise<Soaked>;
  /** What to install, where it cannot be soaked on this machine. */
  readonly missing?: string;
}
