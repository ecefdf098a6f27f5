// Options of the functions of `node:fs/promises`.

export interface ReadFileOptions {
  readonly encoding?: BufferEncoding | null | undefined;
  readonly flag?: string | number | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface WriteFileOptions extends ReadFileOptions {
  /** Of a new file, as far as the backend keeps permissions. Default `0o666` without the umask. */
  readonly mode?: number | string | undefined;
  /** Says nothing here: every write is whole, and as durable as its backend is. */
  readonly flush?: boolean | undefined;
}

export interface ReaddirOptions {
  readonly encoding?: BufferEncoding | 'buffer' | null | undefined;
  readonly recursive?: boolean | undefined;
  readonly withFileTypes?: boolean | undefined;
}

export interface MkdirOptions {
  readonly recursive?: boolean | undefined;
  /** Not kept: directories have no permissions here. */
  readonly mode?: number | string | undefined;
}

export interface StatOptions {
  /** Refused where true: sizes and times are given in numbers. */
  readonly bigint?: boolean | undefined;
  /** Default true; false: `undefined` where there is nothing. */
  readonly throwIfNoEntry?: boolean | undefined;
}

export interface EncodingOptions {
  readonly encoding?: BufferEncoding | null | undefined;
}

export type BufferOptions = 'buffer' | { readonly encoding: 'buffer' };

/** Those that no vault can follow (`maxQueue`, `overflow`, `ignore`) are refused. */
export interface WatchOptions {
  readonly encoding?: BufferEncoding | 'buffer' | null | undefined;
  /** Default false: what lies in directories of the directory is not told. */
  readonly recursive?: boolean | undefined;
  /** Says nothing here. */
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
