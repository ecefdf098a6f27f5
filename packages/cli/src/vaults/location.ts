import { UsageError } from '../terminal/errors.ts';

/**
 * The meaning of an argument: a path in a vault of the config file, a path in the vault of a URI, or a plain path on this machine.
 */
export type Location =
  | { readonly kind: 'vault'; readonly name: string; readonly path: string }
  | { readonly kind: 'uri'; readonly uri: string; readonly path: string }
  | { readonly kind: 'path'; readonly path: string };

/** The notation, for help texts. */
export const NOTATION: string = `A LOCATION is one of
  notes:path/in/vault   a path in the vault that the config file calls "notes" (see: f9 vaults)
  URI#path/in/vault     a path in the vault that a URI names; quote it, for the shell's sake
  path                  a plain path; a name with a colon in it is written ./like:this
"notes:" and a URI alone are the root. What follows the "#" of a URI is taken as it is.`;

const URI = /^[a-z][a-z\d+.-]*:\/\//i;

/** Names as in @f9/registry, but of at least two characters, since a single one is a drive of Windows. */
const VAULT_NAME = /^[\p{L}\p{N}][\p{L}\p{M}\p{N}._-]{1,63}$/u;

/** @throws `UsageError` */
export function parseLocation(text: string): Location {
  if (text === '') throw new UsageError('a location is empty; the working directory is "."');
  if (URI.test(text)) return uriLocation(text);
  const colon = text.indexOf(':');
  const isPlain = colon < 2 || /[/\\]/.test(text.slice(0, colon));
  if (isPlain) return { kind: 'path', path: text };
  const name = text.slice(0, colon);
  if (isVaultName(name)) return { kind: 'vault', name, path: text.slice(colon + 1) };
  // The text is not repeated, since it may be a user and a host.
  throw new UsageError(
    'what stands before the ":" is no name of a vault. A URI is scheme://…, also for git over ssh ' +
      '(git+ssh://host/owner/repo); a file with a ":" in its name is ./name',
  );
}

/** A URI, and the path behind its `#`. */
export function uriLocation(text: string): Location & { readonly kind: 'uri' } {
  const hash = text.indexOf('#');
  return hash < 0
    ? { kind: 'uri', uri: text, path: '' }
    : { kind: 'uri', uri: text.slice(0, hash), path: text.slice(hash + 1) };
}

export function isVaultName(name: string): boolean {
  return VAULT_NAME.test(name);
}
