import { execFile } from 'node:child_process';
import { chmod, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { startServer } from '@f9/openai-server';
import { expect, test } from 'vitest';
import { Workplace } from './support/command.ts';

const README = fileURLToPath(new URL('../README.md', import.meta.url));
const BIN = fileURLToPath(new URL('../dist/bin.js', import.meta.url));

interface Step {
  readonly command: string;
  /** What the README says it prints. */
  readonly output: string;
}

/** Every command of the README's `console` blocks, in order. */
function stepsOf(readme: string): Step[] {
  const blocks = [...readme.matchAll(/```console\n(.*?)```/gs)].map(([, block]) => block!);
  return blocks.flatMap((block) =>
    block
      .split(/^\$ /m)
      .slice(1)
      .map((text) => {
        const [command = '', ...output] = text.trimEnd().split('\n');
        return { command, output: output.join('\n') };
      }),
  );
}

/** Runs commands one after another in one shell; gives what each printed. */
async function runAll(
  commands: readonly string[],
  place: Workplace,
  env: Record<string, string>,
): Promise<string[]> {
  const mark = '=== the next command ===';
  const script = commands.map((command) => `${command}\necho '${mark}'`).join('\n');
  const { stdout } = await promisify(execFile)('bash', ['-c', `exec 2>&1\n${script}`], {
    cwd: place.path,
    env: {
      HOME: place.path,
      PATH: `${place.at('bin')}:${process.env.PATH}`,
      GIT_CONFIG_NOSYSTEM: '1',
      ...env,
    },
  });
  return stdout
    .split(`${mark}\n`)
    .slice(0, -1)
    .map((text) => text.trimEnd());
}

/** Seconds, scores, commits and ids differ from run to run. */
function lasting(text: string): string {
  return text
    .replace(/in \d+\.\d s/g, 'in N s')
    .replace(/ {2}0\.\d\d(?= {2}|$)/gm, '  0.NN')
    .replace(/at [\da-f]{10}$/gm, 'at COMMIT')
    .replace(/vs_\w+/g, 'vs_ID');
}

test('every session in the README goes as it says', async () => {
  await using server = await startServer({ unkind: false });
  await using place = await Workplace.create({
    'bin/f9': `#!/bin/sh\nexec '${process.execPath}' '${BIN}' "$@"\n`,
  });
  await chmod(place.at('bin/f9'), 0o755);
  const readme = (await readFile(README, 'utf8')).replaceAll('/home/me', place.path);
  const steps = stepsOf(readme.replaceAll(encodeURIComponent('/home/me'), encodeURIComponent(place.path)));
  expect(steps.length).toBeGreaterThan(10);
  const printed = await runAll(
    steps.map(({ command }) => command),
    place,
    { OPENAI_BASE_URL: server.url },
  );
  expect(printed.map((output, i) => `$ ${steps[i]!.command}\n${lasting(output)}`)).toEqual(
    steps.map(({ command, output }) => `$ ${command}\n${lasting(output)}`),
  );
});

test('the table of verbs has every verb', async () => {
  await using place = await Workplace.create();
  const { stdout } = await place.ok(['complete', '--', '']);
  const verbs = stdout
    .trim()
    .split('\n')
    .filter((verb) => verb !== 'help');
  const table = (await readFile(README, 'utf8')).split('## Verbs')[1]!.split('## ')[0]!;
  for (const verb of verbs) expect(table).toMatch(new RegExp(`^\\| .*\`${verb}\\b|, \`${verb}\\b`, 'm'));
});

test('the table of exit codes has every exit code', async () => {
  const { EXIT } = await import('../src/index.ts');
  const table = (await readFile(README, 'utf8')).split('## Exit codes')[1]!.split('## ')[0]!;
  const codes = [...table.matchAll(/^\| ([\d, ]+) \|/gm)].flatMap(([, cell]) =>
    cell!.split(', ').map(Number),
  );
  expect(codes.toSorted((a, b) => a - b)).toEqual(Object.values(EXIT).toSorted((a, b) => a - b));
});
