import {
  type BackendPlugin,
  backendError,
  type ParameterOptions,
  type UriParameter,
  type UriParameters,
} from '@f9/core/driver';
import type { CredentialsProvider } from '../credentials.ts';
import type { BackendUri } from './backend-uri.ts';
import { suggestName } from './closest-name.ts';
import { invalidUri, isUserSecret } from './rules.ts';
import { type SplitUri, splitRef } from './split.ts';

/** A URI as its plugin reads it, with the secrets apart, so that printing the URI cannot show them. */
export interface ReadUri {
  readonly uri: BackendUri;
  /** Secrets by the name of their parameter. */
  readonly secrets: Readonly<Record<string, string>>;
  /** A user name that is a secret and no parameter of the plugin's. */
  readonly secretUser?: string;
}

/** @throws `INVALID_URI` for parameters that the plugin does not know */
export function readUri(split: SplitUri, plugin: BackendPlugin): ReadUri {
  const { hasAuthority, encodedPath: _, username, password, parameters, ...place } = split;
  if (!hasAuthority && plugin.plainPath !== true) {
    throw invalidUri(split.scheme, 'write "://" behind its scheme, for example file:///home/me/notes');
  }
  const entries = Object.entries(parameters);
  const secretUser = isUserSecret(split.scheme) ? username : undefined;
  const takesUser = parameterOf(plugin, 'username') !== undefined;
  if (secretUser !== undefined && takesUser && Object.hasOwn(parameters, 'username')) {
    throw invalidUri(split.scheme, 'it holds two user names');
  }
  if (password !== undefined) {
    if (Object.hasOwn(parameters, 'password')) throw invalidUri(split.scheme, 'it holds two passwords');
    entries.push(['password', password]);
  }
  const isSecret = (name: string): boolean => parameterOf(plugin, name)?.secret === true;
  const secrets = entries.filter(([name]) => isSecret(name));
  for (const [i, [name]] of entries.entries()) {
    if (parameterOf(plugin, name) !== undefined) continue;
    // A strange name behind a secret may be the rest of the secret, cut off at a "&", and one that is no word may be a secret itself.
    const isShown =
      secrets.length === 0 && password === undefined && secretUser === undefined && isWord(name);
    const shown = isShown ? JSON.stringify(name) : `number ${i + 1}`;
    const known = Object.keys(plugin.parameters);
    throw invalidUri(split.scheme, `it has no parameter ${shown}. ${suggestName(name, known)}`);
  }
  return {
    uri: {
      ...place,
      ...(username === undefined || secretUser !== undefined ? {} : { username }),
      ...splitRef(split, plugin.hasRef === true),
      parameters: Object.fromEntries(entries.filter(([name]) => !isSecret(name))),
    },
    secrets: {
      ...Object.fromEntries(secrets),
      ...(secretUser !== undefined && takesUser ? { username: secretUser } : {}),
    },
    ...(secretUser === undefined || takesUser ? {} : { secretUser }),
  };
}

export interface ParameterSources {
  readonly credentials: CredentialsProvider | undefined;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/**
 * The options of a backend: from the URI, else from `credentials`, else from the environment.
 *
 * @throws `INVALID_URI` for a value that its schema refuses, `INVALID_ARGUMENT` for credentials of another name or type
 */
export async function readOptions(
  { uri, secrets }: ReadUri,
  plugin: BackendPlugin,
  { credentials, environment }: ParameterSources,
): Promise<ParameterOptions<UriParameters>> {
  const texts: Readonly<Record<string, string>> = { ...uri.parameters, ...secrets };
  const wanted = Object.keys(plugin.parameters).filter((name) => plugin.parameters[name]!.secret === true);
  const missing = wanted.filter((name) => texts[name] === undefined);
  const given =
    credentials === undefined || missing.length === 0
      ? {}
      : checkCredentials((await credentials({ ...uri, names: missing })) ?? {}, wanted);
  const options: Record<string, unknown> = {};
  for (const [name, parameter] of Object.entries(plugin.parameters)) {
    const text = texts[name] ?? given[name] ?? fromEnvironment(parameter, environment);
    if (text === undefined) continue;
    const isSecret = parameter.secret === true || Object.hasOwn(secrets, name);
    options[parameter.option] = await validate(uri.scheme, name, parameter.schema, isSecret, text);
  }
  return options as ParameterOptions<UriParameters>;
}

function parameterOf(plugin: BackendPlugin, name: string): UriParameter | undefined {
  return Object.hasOwn(plugin.parameters, name) ? plugin.parameters[name] : undefined;
}

/** Whether a name reads like that of a parameter. */
function isWord(name: string): boolean {
  return /^[a-z_][a-z_-]{0,30}$/i.test(name);
}

function checkCredentials(
  given: Readonly<Record<string, unknown>>,
  wanted: readonly string[],
): Readonly<Record<string, string | undefined>> {
  const entries = Object.entries(given).filter(([, value]) => value !== undefined);
  for (const [name, value] of entries) {
    if (!wanted.includes(name)) {
      throw backendError(
        'INVALID_ARGUMENT',
        `The credentials callback gave ${JSON.stringify(name)}, which is not a secret here. ${suggestName(name, wanted)}`,
      );
    }
    if (typeof value !== 'string') {
      throw backendError(
        'INVALID_ARGUMENT',
        `The credentials callback must give ${JSON.stringify(name)} as a string`,
      );
    }
  }
  return Object.fromEntries(entries) as Record<string, string>;
}

function fromEnvironment(
  { environment: variable }: UriParameter,
  environment: Readonly<Record<string, string | undefined>>,
): string | undefined {
  const value = variable === undefined ? undefined : environment[variable];
  // Shells unset a variable by making it empty.
  return value === '' ? undefined : value;
}

async function validate(
  scheme: string,
  name: string,
  schema: UriParameter['schema'],
  isSecret: boolean,
  text: string,
): Promise<unknown> {
  const result = await schema['~standard'].validate(text);
  if (result.issues === undefined) return result.value;
  // The schema's message about a secret might quote it.
  const why = isSecret ? 'is not acceptable' : result.issues.map(({ message }) => message).join(', ');
  throw invalidUri(scheme, `its parameter ${JSON.stringify(name)}: ${why}`);
}
