import type { UriParameters } from '@f9/core/driver';
import type { Command } from 'commander';
import type { Finding } from '../doctor/finding.ts';
import { examineMachine } from '../doctor/machine.ts';
import { examineEnvironment, examineSettings } from '../doctor/settings.ts';
import { examineVault } from '../doctor/vault.ts';
import type { Invoke } from '../invoke.ts';
import type { Colors } from '../terminal/colors.ts';
import { EXIT } from '../terminal/exit-codes.ts';
import { withExamples } from '../terminal/help.ts';
import { importIfThere } from '../terminal/optional-package.ts';
import { visibleLine } from '../terminal/text.ts';

interface DoctorOptions {
  readonly tidy?: boolean;
}

export function addDoctor(program: Command, invoke: Invoke): void {
  const command = program
    .command('doctor')
    .summary('look for what keeps f9 from working')
    .description(
      'Look at Node, packages, git, ssh, keys, environment and config file, and say what to do. Vaults that are named are also opened, and ' +
        'asked whether somebody holds them. Secrets are never shown.',
    )
    .argument('[location...]', 'vaults to open')
    .option(
      '--tidy',
      'remove what interrupted writes left in them a day ago or earlier, which belongs to no file',
    )
    .action(
      invoke('doctor', async (context, locations: string[], { tidy = false }: DoctorOptions) => {
        const { io, output, vaults, configPath, signal } = context;
        let failures = 0;
        const tell = async (findings: readonly Finding[]): Promise<void> => {
          for (const finding of findings) {
            if (finding.status === 'failure') failures++;
            await output.item(finding, describe(finding, output.colors));
          }
        };
        await tell(await examineMachine(io));
        await tell(examineEnvironment(await parametersOfBackends(), io.env));
        await tell(await examineSettings(vaults, configPath));
        const code = await context.each(locations, 'tree', async (place) =>
          tell(await examineVault(place, { signal, tidy })),
        );
        return code === EXIT.ok && failures > 0 ? EXIT.failed : code;
      }),
    );
  withExamples(command, [
    ['f9 doctor', 'the machine and the settings'],
    ['f9 doctor notes:', 'also whether this vault answers'],
  ]);
}

const MARKS = { ok: '✓', warning: '!', failure: '✗' } as const;

function describe({ check, status, found, advice }: Finding, colors: Colors): string {
  const paint = { ok: colors.green, warning: colors.yellow, failure: colors.red }[status];
  const line = `${paint(MARKS[status])} ${colors.bold(check)}: ${visibleLine(found)}`;
  return advice === undefined ? line : `${line}\n    ${visibleLine(advice)}`;
}

/** Parameters of every backend that is installed, all of which only this verb loads. */
async function parametersOfBackends(): Promise<UriParameters[]> {
  const [{ localPlugin }, { gitPlugin }, { sqlitePlugin }, openai, postgres, s3] = await Promise.all([
    import('@f9/local'),
    import('@f9/git'),
    import('@f9/sqlite'),
    importIfThere('@f9/openai', () => import('@f9/openai')),
    importIfThere('@f9/postgres', () => import('@f9/postgres')),
    importIfThere('@f9/s3', () => import('@f9/s3')),
  ]);
  const plugins = [
    localPlugin,
    gitPlugin,
    sqlitePlugin,
    ...(openai === undefined ? [] : [openai.openaiPlugin]),
    ...(postgres === undefined ? [] : [postgres.postgresPlugin]),
    ...(s3 === undefined ? [] : [s3.s3Plugin]),
  ];
  return plugins.map(({ parameters }) => parameters);
}
