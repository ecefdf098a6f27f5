import type { FileBackend } from '../backend.ts';

/** The interface of https://standardschema.dev, version 1, so that parameters can be typed by zod, valibot, or `uriParameter`. */
export interface StandardSchema<Input = unknown, Output = Input> {
  readonly '~standard': {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => StandardResult<Output> | Promise<StandardResult<Output>>;
    readonly types?: { readonly input: Input; readonly output: Output } | undefined;
  };
}

/** What a schema makes of a value. */
export type StandardResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly { readonly message: string }[] };

/** One query parameter of a URI: which option of the backend it is, and what it may hold. */
export interface UriParameter<Output = unknown> {
  /** Gets the text after `=`. */
  readonly schema: StandardSchema<unknown, Output>;
  /** The backend's option. */
  readonly option: string;
  /** For help texts. */
  readonly description: string;
  /** Never printed; asked from `credentials` and the environment where the URI does not hold it. */
  readonly secret?: boolean;
  /** The environment variable that is read where the URI and `credentials` say nothing. */
  readonly environment?: string;
}

/** Query parameters of a URI by their names there. */
export type UriParameters = Readonly<Record<string, UriParameter>>;

/** What `parameters` give `create`: every option typed by its schema, each maybe absent. */
export type ParameterOptions<P extends UriParameters> = {
  readonly [K in keyof P as P[K]['option']]?: P[K] extends UriParameter<infer Output> ? Output : never;
};

/** A URI taken apart; everything percent-decoded, secrets not in it. */
export interface ParsedUri {
  /** Lower case, without `:`. */
  readonly scheme: string;
  /** Who logs in, where that is no secret. */
  readonly username?: string;
  /** As written, without the brackets of IPv6. `file` and schemes that end in `+file` have none: all of it is path. */
  readonly host?: string;
  /** Where it is not the usual one. */
  readonly port?: number;
  /** With its leading slash where the URI has one: `file://notes` is relative, `file:///C:/notes` begins with a slash. */
  readonly path: string;
  /** What follows `@` at the end of the path, where the plugin says that it means something. */
  readonly ref?: string;
}

/** What a plugin makes a backend from. */
export interface BackendRequest<P extends UriParameters = UriParameters> {
  /** The URI taken apart, secrets left out. */
  readonly uri: ParsedUri;
  /** What the parameters say, by the names of the options. */
  readonly options: ParameterOptions<P>;
  /** Where relative paths start: an absolute directory on this machine. */
  readonly baseDirectory: string;
}

/** What a package registers to be found by URI. */
export interface BackendPlugin<P extends UriParameters = UriParameters> {
  /** The package or product, for messages. */
  readonly name: string;
  /** Lower case, without `:`. */
  readonly schemes: readonly string[];
  /** What its URIs may say after `?`, by name. */
  readonly parameters: P;
  /** Whether `@…` at the end of the path is a branch or version. */
  readonly hasRef?: boolean;
  /** Whether `scheme:path` is a URI too, all of it path and relative without a leading slash: `sqlite:./notes.db`. */
  readonly plainPath?: boolean;
  /** Does no I/O: backends open themselves at their first operation. */
  create(request: BackendRequest<P>): FileBackend | Promise<FileBackend>;
}

/** Types a plugin from its parameters. */
export function definePlugin<const P extends UriParameters>(plugin: BackendPlugin<P>): BackendPlugin<P> {
  return plugin;
}
