import type { ChecksumAlgorithm } from './contents/checksum.ts';

/**
 * How far a promise goes. `'native'` holds against every writer. `'host'` is exact among all f9 processes and threads of one host,
 * and checks as late as it can against other programs. `'emulated'` is exact within a process; between processes one whole version
 * wins. `false` fails with `UNSUPPORTED` and changes nothing.
 */
export type Support = 'native' | 'host' | 'emulated' | false;

/** Promises of a backend, as data. Every backend does whatever is not listed here. */
export interface Capabilities {
  /** Racing creates of one path have exactly one winner. `false`: no promise about races. */
  readonly exclusiveCreate: Support;
  /** Writes that happen only if the file is still the version the caller saw. */
  readonly ifMatch: Support;
  /** `update({ append: true })`; native does not rewrite the file. */
  readonly append: Support;
  /** `'native'`: one atomic step for a file; `'emulated'`: copy, then delete. */
  readonly move: Support;
  /** Search, by words or by meaning, as the backend can. */
  readonly search: boolean;
  /** Symbolic links can occur in the vault. */
  readonly symlinks: boolean;
  /** Directories without files in them are kept. */
  readonly emptyDirectories: boolean;
  /** `A.md` and `a.md` are two files. */
  readonly caseSensitive: boolean;
  /** `'eventual'`: a fresh handle may lag by `settleWithin`. */
  readonly consistency: 'strong' | 'eventual';
  /** Milliseconds after which a fresh handle sees a finished write; 0 where consistency is strong. */
  readonly settleWithin: number;
  /**
   * Sessions that a sync session excludes: those of this process, of every process on this host, or of every process on every host.
   * Beyond the process, a holder that was overtaken gets `LOCK_LOST` at its next write, which changes nothing.
   */
  readonly lockScope: 'process' | 'host' | 'network';
  /**
   * Others see the writes of a session all at once, at its `commit`. Nothing stays of a session whose body throws, whose object is
   * released without `commit`, or whose holder was lost. Where false, each write counts by itself.
   */
  readonly transactional: boolean;
  /** Older versions of files are kept: `history`, `read(path, { version })`, `restore`. */
  readonly versions: boolean;
  /** How `watch` learns of changes: it is told, or lists the vault at an interval. */
  readonly watch: 'native' | 'polled';
  /** A feed of changes that survives restarts: `changesSince`. */
  readonly changes: boolean;
  /** Algorithms whose checksum is known without reading the file. */
  readonly checksums: readonly ChecksumAlgorithm[];
  /** Bytes; `undefined` where only space limits it. */
  readonly maxFileSize: number | undefined;
}
