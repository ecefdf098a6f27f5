// Options of the functions of `node:fs/promises`.

export interface ReadFileOptions {
  readonly encoding?: BufferEncoding | null | undefined;
  readonly flag?: string | number | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface WriteFileOptions extends ReadFileOptions {
  /** The mode of a new file, as far as the backend keeps permissions. Default `0o666` without the umask. */
  readonly mode?: number | string | undefined;
  /** Has no effect: every write is whole, and as durable as its backend. */
  readonly flush?: boolean | undefined;
}

export interface ReaddirOptions {
  readonly encoding?: BufferEncoding | 'buffer' | null | undefined;
  readonly recursive?: boolean | undefined;
  readonly withFileTypes?: boolean | undefined;
}

export interface MkdirOptions {
  readonly recursive?: boolean | undefined;
  /** Has no effect: directories have no permissions here. */
  readonly mode?: number | string | undefined;
}

export interface StatOptions {
  /** Refused where true: sizes and times are given in numbers. */
  readonly bigint?: boolean | undefined;
  /** Default true; false gives `undefined` where nothing is there. */
  readonly throwIfNoEntry?: boolean | undefined;
}

export interface EncodingOptions {
  readonly encoding?: BufferEncoding | null | undefined;
}

export type BufferOptions = 'buffer' | { readonly encoding: 'buffer' };

/** Options of `watch`. Those that no vault can follow (`maxQueue`, `overflow`, `ignore`) are refused. */
export interface WatchOptions {
  readonly encoding?: BufferEncoding | 'buffer' | null | undefined;
  /** Also tell of changes inside directories of the directory. Default false. */
  readonly recursive?: boolean | undefined;
  /** Has no effect. */
  readonly persistent?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface TemporaryDirectory extends AsyncDisposable {
  readonly path: string;
  remove(): Promise<void>;
}

/** An encoding alone, or options with one. */
export type Shorthand<O> = O | BufferEncoding | null | undefined;
export type WithEncoding = BufferEncoding | (ReadFileOptions & { readonly encoding: BufferEncoding });
export type WithoutEncoding = (ReadFileOptions & { readonly encoding?: null | undefined }) | null | undefined;
