import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { isFileBackendError } from '@f9/core';
import { backendError } from '@f9/core/driver';
import type { Command } from 'commander';
import type { Context } from '../context.ts';
import type { Invoke } from '../invoke.ts';
import { complaintOf, UsageError } from '../terminal/errors.ts';
import { EXIT } from '../terminal/exit-codes.ts';
import { withExamples } from '../terminal/help.ts';
import { patiently } from '../terminal/patience.ts';
import { visibleLine, withoutUris } from '../terminal/text.ts';
import { type Config, writeConfig } from '../vaults/config.ts';
import { createVault } from '../vaults/create-vault.ts';
import { isVaultName, parseLocation } from '../vaults/location.ts';

export function addVaults(program: Command, invoke: Invoke): void {
  const vaults = program
    .command('vaults')
    .summary('give URIs names')
    .description(
      'The names that the config file gives to URIs: "notes:a.md" is a.md in the vault called "notes".',
    );
  vaults.helpCommand(false);
  vaults.allowExcessArguments().action(
    invoke('vaults', async (context, _options: object, { args }: Command) => {
      const [verb] = args;
      if (verb === undefined) return await list(context);
      const verbs = vaults.commands.map((command) => command.name()).join(', ');
      throw new UsageError(`there is no "vaults ${withoutUris(verb)}"; there are ${verbs}`);
    }),
  );
  vaults
    .command('list')
    .description('List the vaults of the config file, secrets left out.')
    .action(invoke('vaults list', list));
  vaults
    .command('add')
    .description('Give a URI or a folder a name.')
    .argument('<name>', 'letters, digits, ".", "_" and "-", two at least')
    .argument('<uri>', 'a URI, or the path of a folder')
    .option('-f, --force', 'replace the vault that has the name')
    .option(
      '-c, --create [title]',
      'make it first: a vector store (openai+vector:), a folder, a bare repository',
    )
    .option('--no-check', 'add it without opening it')
    .action(invoke('vaults add', add));
  vaults
    .command('remove')
    .description('Forget a name. The vault itself stays as it is.')
    .argument('<name>')
    .action(invoke('vaults remove', remove));
  vaults
    .command('show')
    .description('Show the URI of a vault, secrets left out, and what its backend can do.')
    .argument('<name>')
    .action(invoke('vaults show', show));
  withExamples(vaults, [
    ['f9 vaults', 'list them'],
    ["f9 vaults add notes 'git+ssh://git@example.org/me/notes@main'", 'name a git repository'],
    ['f9 vaults add pics ~/Pictures', 'name a folder'],
    ["f9 vaults add store openai+vector: --create 'My notes'", 'make a vector store and name it'],
    ['f9 vaults show notes', 'what its backend can do'],
    ['f9 vaults remove pics', 'forget the name; the pictures stay'],
  ]);
}

interface AddOptions {
  readonly force?: boolean;
  /** True without a title. */
  readonly create?: string | true;
  readonly check: boolean;
}

async function list({ vaults, output }: Context): Promise<number> {
  const { vaults: uris } = await vaults.config();
  const width = Math.max(0, ...Object.keys(uris).map((name) => name.length));
  for (const [name, secret] of Object.entries(uris)) {
    const uri = await vaults.shownUri(secret);
    await output.item({ name, uri }, `${output.colors.bold(visibleLine(name).padEnd(width))}  ${uri}`);
  }
  return EXIT.ok;
}

async function add(
  context: Context,
  name: string,
  target: string,
  { force = false, create, check }: AddOptions,
): Promise<number> {
  const { vaults, output, configPath } = context;
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
  await writeConfig(configPath, { ...config, vaults: { ...config.vaults, [name]: uri } });
  if (holdsSecret(uri, shown)) {
    context.note(
      `The URI holds a secret, which is kept in ${configPath}, readable by you alone. f9 doctor tells which environment variable can hold it instead.`,
    );
  }
  await output.item({ name, uri: shown }, `${name}: is ${shown}`);
  return EXIT.ok;
}

/** @throws what opening throws, unless time may heal it */
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
    if (!isFileBackendError(error)) throw error;
    if (error.retryable) {
      context.note(`It could not be reached now: ${complaintOf(error).message}`);
      return;
    }
    context.note('It was not added; --no-check adds what cannot be opened yet.');
    throw error;
  }
}

async function uriOf({ io, vaults }: Context, target: string): Promise<string> {
  const location = parseLocation(target);
  if (location.kind === 'path') return pathToFileURL(resolve(io.cwd, location.path)).href;
  if (location.kind === 'vault')
    throw new UsageError('a vault is given by a URI or a folder, not by another vault');
  if (location.path !== '') throw new UsageError('a vault is a whole one: leave out "#" and what follows');
  const { host, path } = await (await vaults.factory()).parseUri(location.uri);
  if (host !== undefined || path.startsWith('/')) return location.uri;
  // A folder named from here is the same one from everywhere.
  const here = pathToFileURL(`${io.cwd}/`).pathname.replaceAll('@', '%40');
  return location.uri.replace('://', `://${here}`);
}

async function remove({ vaults, output, configPath }: Context, name: string): Promise<number> {
  await vaults.uriOf(name);
  const config: Config = await vaults.config();
  const { [name]: _, ...rest } = config.vaults;
  await writeConfig(configPath, { ...config, vaults: rest });
  await output.item({ name, removed: true }, `${name}: is no vault any more`);
  return EXIT.ok;
}

async function show({ vaults, output }: Context, name: string): Promise<number> {
  const uri = await vaults.shownUri(await vaults.uriOf(name));
  const { backend } = await vaults.open(`${name}:`);
  const { name: backendName, capabilities } = backend;
  const rows = Object.entries({ uri, backend: backendName, ...capabilities }).filter(
    ([, value]) => value !== undefined,
  );
  await output.item(
    { name, uri, backend: backendName, capabilities },
    [
      output.colors.bold(name),
      ...rows.map(
        ([key, value]) =>
          `  ${output.colors.dim(`${key}:`.padEnd(18))}${Array.isArray(value) ? value.join(', ') || 'none' : value}`,
      ),
    ].join('\n'),
  );
  return EXIT.ok;
}

/** Whether what is shown of a URI is less than there is. */
function holdsSecret(uri: string, shown: string): boolean {
  const parameters = (text: string): number => text.split('?')[1]?.split('&').length ?? 0;
  const user = (text: string): string | undefined => /:\/\/([^/?@]*)@/.exec(text)?.[1];
  return parameters(uri) > parameters(shown) || user(uri) !== user(shown);
}
