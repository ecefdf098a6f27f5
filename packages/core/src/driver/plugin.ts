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

/** The result of validating a value. */
export type StandardResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly { readonly message: string }[] };

/** A query parameter of a URI: the option that it sets, and the values that it may hold. */
export interface UriParameter<Output = unknown> {
  /** Validates the text after `=`. */
  readonly schema: StandardSchema<unknown, Output>;
  /** The backend's option that it sets. */
  readonly option: string;
  /** For help texts. */
  readonly description: string;
  /** A secret is never printed; `credentials` and the environment are asked for it where the URI does not hold it. */
  readonly secret?: boolean;
  /** The environment variable that is read where the URI and `credentials` say nothing. */
  readonly environment?: string;
}

/** Query parameters of a URI by their names there. */
export type UriParameters = Readonly<Record<string, UriParameter>>;

/** The options that `create` gets of `parameters`: each typed by its schema, each maybe absent. */
export type ParameterOptions<P extends UriParameters> = {
  readonly [K in keyof P as P[K]['option']]?: P[K] extends UriParameter<infer Output> ? Output : never;
};

/** A URI taken apart; everything percent-decoded, secrets not in it. */
export interface ParsedUri {
  /** Lower case, without `:`. */
  readonly scheme: string;
  /** The user name, where it is no secret. */
  readonly username?: string;
  /** The host as written, without the brackets of IPv6. `file` and schemes that end in `+file` have none: all of it is path. */
  readonly host?: string;
  /** The port, where it is not the usual one. */
  readonly port?: number;
  /** The path, with its leading slash where the URI has one: `file://notes` is relative, `file:///C:/notes` begins with a slash. */
  readonly path: string;
  /** The text after `@` at the end of the path, where the plugin gives it a meaning. */
  readonly ref?: string;
}

/** The request that a plugin makes a backend of. */
export interface BackendRequest<P extends UriParameters = UriParameters> {
  /** The URI taken apart, secrets left out. */
  readonly uri: ParsedUri;
  /** Values of the parameters, by the names of the options. */
  readonly options: ParameterOptions<P>;
  /** The base of relative paths: an absolute directory on this machine. */
  readonly baseDirectory: string;
}

/** A backend that is opened by URI. */
export interface BackendPlugin<P extends UriParameters = UriParameters> {
  /** The package or product, for messages. */
  readonly name: string;
  /** Lower case, without `:`. */
  readonly schemes: readonly string[];
  /** Query parameters of its URIs, by name. */
  readonly parameters: P;
  /** Whether `@…` at the end of the path is a branch or version. */
  readonly hasRef?: boolean;
  /** Whether `scheme:path` is a URI too, all of it path and relative without a leading slash: `sqlite:./notes.db`. */
  readonly plainPath?: boolean;
  /** Makes the backend. Does no I/O: backends open themselves at their first operation. */
  create(request: BackendRequest<P>): FileBackend | Promise<FileBackend>;
}

/** Types a plugin from its parameters. */
export function definePlugin<const P extends UriParameters>(plugin: BackendPlugin<P>): BackendPlugin<P> {
  return plugin;
}
