import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { isFileBackendError } from '@f9/core';
import { backendError } from '@f9/core/driver';
import type { Context } from '../context.ts';
import { UsageError } from '../terminal/errors.ts';
import { patiently } from '../terminal/patience.ts';
import { isVaultName } from '../vaults/location.ts';
import { createVault } from './create-vault.ts';

export interface AddOptions {
  /** Replace the vault of this name. */
  readonly force?: boolean;
  /** Make the vault first, with this title; true without a title. */
  readonly create?: string | true;
  /** Open the vault before its name is kept. */
  readonly check: boolean;
}

/** Gives a URI or a folder a name in the config file; gives the URI as it may be shown. */
export async function addVault(
  context: Context,
  name: string,
  target: string,
  { force = false, create, check }: AddOptions,
): Promise<string> {
  const { vaults, configPath } = context;
  if (!isVaultName(name)) {
    throw new UsageError(
      'the name of a vault is two to 64 letters, digits, ".", "_" and "-", the first a letter or digit',
    );
  }
  const config = await vaults.config();
  if (Object.hasOwn(config.vaults, name) && !force) {
    throw backendError(
      'ALREADY_EXISTS',
      `There is already a vault called ${JSON.stringify(name)}; replace it with --force`,
    );
  }
  const made =
    create === undefined ? target : await createVault(context.io, target, create === true ? name : create);
  const uri = await uriOf(context, made);
  const shown = await vaults.shownUri(uri);
  if (check) await assertOpens(context, uri, shown);
  await vaults.name(name, uri);
  if (holdsSecret(uri, shown)) {
    context.note(
      `The URI holds a secret, which is kept in ${configPath}, readable by you alone. f9 doctor tells which environment variable can hold it instead.`,
    );
  }
  return shown;
}

/** @throws what opening throws; `NOT_FOUND` for a folder that does not exist */
async function assertOpens(context: Context, uri: string, shown: string): Promise<void> {
  const { vaults, signal } = context;
  try {
    await patiently(
      `opening ${shown}`,
      (text) => context.note(text),
      () => vaults.tryOpen(uri, signal),
    );
  } catch (error) {
    signal.throwIfAborted();
    if (isFileBackendError(error)) {
      context.note('It was not added; --no-check adds what cannot be opened yet.');
    }
    throw error;
  }
}

async function uriOf({ io, vaults }: Context, target: string): Promise<string> {
  const location = await vaults.locate(target);
  if (location.kind === 'path') return pathToFileURL(resolve(io.cwd, location.path)).href;
  if (location.kind === 'vault')
    throw new UsageError('a vault is given by a URI or a folder, not by another vault');
  if (location.path !== '') throw new UsageError('a vault is a whole one: leave out "#" and what follows');
  const { host, path } = await (await vaults.factory()).parseUri(location.uri);
  if (host !== undefined || path.startsWith('/')) return location.uri;
  // The folder is named by an absolute path, so that it is the same one from everywhere.
  const here = pathToFileURL(`${io.cwd}/`).pathname.replaceAll('@', '%40');
  return location.uri.replace(/:(?:\/\/)?(?:\.\/)*/, `://${here}`);
}

/** Whether a URI holds more than is shown of it. */
function holdsSecret(uri: string, shown: string): boolean {
  const parameters = (text: string): number => text.split('?')[1]?.split('&').length ?? 0;
  const user = (text: string): string | undefined => /:\/\/([^/?@]*)@/.exec(text)?.[1];
  return parameters(uri) > parameters(shown) || user(uri) !== user(shown);
}
