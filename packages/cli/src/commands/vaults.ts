import type { Command } from 'commander';
import type { Context } from '../context.ts';
import type { Invoke } from '../invoke.ts';
import { type AddOptions, addVault } from '../setup/add-vault.ts';
import { meantVault } from '../setup/git-address.ts';
import { UsageError } from '../terminal/errors.ts';
import { EXIT } from '../terminal/exit-codes.ts';
import { withExamples } from '../terminal/help.ts';
import { visibleLine, withoutUris } from '../terminal/text.ts';
import { type Config, writeConfig } from '../vaults/config.ts';

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
    .argument('<uri>', 'a URI, the address of a git repository, or the path of a folder')
    .option('-f, --force', 'replace the vault that has the name')
    .option(
      '-c, --create [title]',
      'make it first: a vector store (openai+vector:), a file (sqlite:./notes.db), a bucket (s3://…), a folder, a bare repository',
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
    ['f9 vaults add team s3://our-notes/team --create', 'make a bucket, and name a part of it'],
    ['f9 vaults show notes', 'what its backend can do'],
    ['f9 vaults remove pics', 'forget the name; the pictures stay'],
  ]);
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

async function add(context: Context, name: string, target: string, options: AddOptions): Promise<number> {
  const shown = await addVault(context, name, await meantVault(context, target), options);
  await context.output.item({ name, uri: shown }, `${name}: is ${shown}`);
  return EXIT.ok;
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
