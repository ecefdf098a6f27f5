import type { Command } from 'commander';
import type { Context } from '../context.ts';
import type { Invoke } from '../invoke.ts';
import { mirrorOnce, openPlaces } from '../mirror/once.ts';
import { exitCodeOf, reportMirror } from '../mirror/report.ts';
import { addVault } from '../setup/add-vault.ts';
import { meantVault } from '../setup/git-address.ts';
import { signedIn } from '../setup/sign-in.ts';
import { Interview } from '../terminal/ask.ts';
import { UsageError } from '../terminal/errors.ts';
import { withExamples } from '../terminal/help.ts';

interface InitOptions {
  readonly title?: string;
  readonly names: string;
  readonly force?: boolean;
}

/** Stands for a vector store that is to be made. */
const NEW = 'new';

export function addInit(program: Command, invoke: Invoke): void {
  const command = program
    .command('init')
    .summary('set up a repository and what it is mirrored to')
    .description(
      'Give a repository or a folder a name, and what it is mirrored to, make that if it is to be new, and mirror once. Asks for what the ' +
        'command line does not say, and for a password or a key where one is wanted that neither the environment (F9_GIT_PASSWORD, OPENAI_API_KEY) nor ' +
        "git's own credential helpers have.",
    )
    .argument('[source]', 'the address of a git repository, a URI, or a folder')
    .argument('[target]', `a URI or a folder, or "${NEW}" for a new vector store`)
    .option('-t, --title <text>', 'the title of a new vector store')
    .option('--names <source,target>', 'what the two are called', 'notes,index')
    .option('-f, --force', 'replace vaults that have these names')
    .action(
      invoke(
        'init',
        (context, source: string | undefined, target: string | undefined, options: InitOptions) =>
          context.attempt(
            [source, target].filter((location) => location !== undefined),
            () => init(context, source, target, options),
          ),
      ),
    );
  withExamples(command, [
    ['f9 init', 'asks'],
    ["f9 init https://example.org/me/notes.git new --title 'My notes'", 'asks nothing'],
    ['f9 init ./notes ./copy --names mine,copy', 'a folder into a folder'],
  ]);
}

async function init(
  context: Context,
  source: string | undefined,
  target: string | undefined,
  { title, names, force = false }: InitOptions,
): Promise<number> {
  const [sourceName, targetName, ...more] = names.split(',');
  if (sourceName === undefined || targetName === undefined || more.length > 0) {
    throw new UsageError('--names takes two names with a comma between them');
  }
  using interview = new Interview(context.io);
  const add = (name: string, uri: string, create?: string | true): Promise<string> =>
    signedIn(context, interview, uri, (whole) =>
      addVault(context, name, whole, { check: true, force, ...(create === undefined ? {} : { create }) }),
    );
  const from = await meantVault(
    context,
    source ??
      (await interview.ask('Where are your notes? The address of a git repository, or a folder', '.')),
  );
  context.note(`${sourceName}: is ${await add(sourceName, from)}`);
  const usual = context.io.env.OPENAI_API_KEY ? NEW : 'sqlite:./notes.db';
  const to =
    target ??
    (await interview.ask(
      `Where are they mirrored to? A file that can be searched (sqlite:./notes.db), a folder, another URI, or "${NEW}" for a vector store`,
      usual,
    ));
  const isNew = to === NEW;
  const name = isNew ? (title ?? (await interview.ask('The title of the vector store', 'My notes'))) : true;
  const where = isNew ? 'openai+vector:' : await meantVault(context, to);
  // A folder is made, as any write to it would make it.
  const isMade = isNew || (await context.vaults.locate(where)).kind === 'path';
  context.note(`${targetName}: is ${await add(targetName, where, isMade ? name : undefined)}`);
  const options = { compare: 'checksum', ignoreFiles: true, pull: true } as const;
  const places = await openPlaces(context, `${sourceName}:`, `${targetName}:`, options);
  const run = await mirrorOnce(context, places, options);
  await reportMirror(context, places, run, options);
  context.note(nextSteps(sourceName, targetName, places.target.backend.capabilities.search));
  return exitCodeOf(context, places, run, options);
}

function nextSteps(source: string, target: string, canSearch: boolean): string {
  const steps = [
    `f9 mirror ${source}: ${target}: --prune           # again, whenever you like`,
    `f9 mirror ${source}: ${target}: --prune --watch   # and again by itself`,
    ...(canSearch ? [`f9 search 'when do tomatoes need water?' ${target}:`] : []),
  ];
  return `Next:\n${steps.map((step) => `  ${step}`).join('\n')}`;
}
