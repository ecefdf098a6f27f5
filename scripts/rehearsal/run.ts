// pnpm release:rehearse: two releases, from changesets to `npm install`, against a registry on 127.0.0.1. Nothing of the clone changes.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startRegistry } from './registry.ts';

const workplace = mkdtempSync(join(tmpdir(), 'f9-rehearsal-'));
const clone = join(workplace, 'f9');
const uplink = run('npm', ['config', 'get', 'registry'], { cwd: workplace }).trim();
const registry = await startRegistry(join(workplace, 'registry'), uplink);
const environment = { ...process.env, ...registry.environment, CI: 'true' };

try {
  run('git', ['clone', '--quiet', '.', clone]);
  run('pnpm', ['install', '--frozen-lockfile'], { cwd: clone });
  // Verdaccio does not serve what pnpm has already fetched for the clone; from here on everything goes through it.

  chapter('First release');
  const before = versions();
  release();
  tell(before, versions());
  assertChangelogs();

  chapter('Installed one by one in blank folders, with plain npm');
  for (const name of packageNames()) installAlone(name);

  chapter("The README's program, as a stranger runs it");
  runReadme();

  chapter("The repository's action, as a workflow runs it");
  runAction();

  chapter('Second release: a new feature in core');
  const first = versions();
  writeFileSync(
    join(clone, '.changeset/rehearsal.md'),
    "---\n'@f9/core': minor\n---\n\nA feature of the rehearsal.\n",
  );
  release();
  tell(first, versions());
  installAlone('@f9/local');
  console.log('\nThe rehearsal went well.');
} finally {
  await registry.close();
  rmSync(workplace, { recursive: true, force: true });
}

function release(): void {
  run('pnpm', ['release:version'], { cwd: clone });
  commit('Version packages');
  run('pnpm', ['release:publish'], { cwd: clone, env: environment });
}

/** Each package tells what its version brings. */
function assertChangelogs(): void {
  for (const [name, version] of versions()) {
    const file = join(clone, 'packages', name.slice('@f9/'.length), 'CHANGELOG.md');
    if (!readFileSync(file, 'utf8').includes(`\n## ${version}\n`))
      throw new Error(`${file} has no ${version}`);
  }
}

function commit(message: string): void {
  const identity = [
    '-c',
    'user.name=rehearsal',
    '-c',
    'user.email=rehearsal@localhost',
    '-c',
    'commit.gpgSign=false',
  ];
  run('git', [...identity, 'commit', '--quiet', '--all', '--message', message], { cwd: clone });
}

function packageNames(): string[] {
  return readdirSync(join(clone, 'packages')).map((folder) => `@f9/${folder}`);
}

function versions(): Map<string, string> {
  return new Map(
    packageNames().map((name) => {
      const manifest = readFileSync(
        join(clone, 'packages', name.slice('@f9/'.length), 'package.json'),
        'utf8',
      );
      return [name, (JSON.parse(manifest) as { version: string }).version] as const;
    }),
  );
}

function tell(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): void {
  for (const [name, version] of after) {
    const old = before.get(name);
    console.log(`  ${name.padEnd(20)} ${old === version ? `${version} stays` : `${old} -> ${version}`}`);
  }
}

/** Installs one package as a user does, and imports it (the command is asked for its help). */
function installAlone(name: string): void {
  const folder = blankFolder(name.replace('/', '-'));
  install(folder, name);
  const program =
    name === '@f9/cli'
      ? undefined
      : `if (Object.keys(await import('${name}')).length === 0) throw new Error('empty');`;
  if (program === undefined) run('npx', ['f9', '--help'], { cwd: folder });
  else run(process.execPath, ['--input-type=module', '-e', program], { cwd: folder });
  const tree = run('npm', ['ls', '--all', '--parseable', '--long'], { cwd: folder })
    .trim()
    .split('\n')
    .slice(1);
  const ours = tree
    .flatMap((line) => /(@f9\/[\w-]+)@/.exec(line)?.[1] ?? [])
    .filter((found) => found !== name);
  const brings = ours.length === 0 ? 'nothing else of f9' : [...new Set(ours)].join(', ');
  console.log(
    `  npm install ${name.padEnd(20)} ${String(tree.length).padStart(3)} packages; brings ${brings}`,
  );
}

/** Installs packages, for a second time where the registry could not ask for one of others: it says then that there is none. */
function install(folder: string, ...names: readonly string[]): void {
  const args = ['install', '--no-audit', '--no-fund', '--loglevel=error', ...names];
  try {
    run('npm', args, { cwd: folder, env: environment });
  } catch (error) {
    if (!String(error).includes('E404')) throw error;
    run('npm', args, { cwd: folder, env: environment });
  }
}

function runReadme(): void {
  const folder = blankFolder('readme');
  const readme = readFileSync(join(clone, 'README.md'), 'utf8');
  const names = /^npm install (.*)$/m.exec(readme)?.[1]?.split(' ');
  // The one that needs no more than what it says to install; others sign in to services.
  const program = Array.from(readme.matchAll(/^```ts\n([\s\S]*?)^```$/gm), ([, source]) => source!).find(
    (source) => [...source.matchAll(/from '([^']+)'/g)].every(([, name]) => names?.includes(name!)),
  );
  if (program === undefined || names === undefined)
    throw new Error('The README has no program, or does not say what to install');
  install(folder, ...names);
  writeFileSync(join(folder, 'program.mjs'), program);
  console.log(run(process.execPath, ['program.mjs'], { cwd: folder }).trim().replaceAll(/^/gm, '  '));
}

/** Runs the step of the action on a folder, into a file, and into a vector store, whose client npx has to bring. */
function runAction(): void {
  const folder = blankFolder('action');
  const action = readFileSync(join(clone, '.github/actions/mirror/action.yml'), 'utf8');
  const script = action.split('run: |\n')[1]!;
  writeFileSync(join(folder, 'a.md'), 'A');
  const mirrorTo = (target: string): { code: number | null; said: string } => {
    const inputs = { SOURCE: '.', TARGET: target, OPTIONS: '--ignore *.db*', VERSION: 'latest' };
    // npx finds in its cache what it brought before, of other versions, too.
    const own = { npm_config_cache: join(workplace, 'npm-cache'), F9_CONFIG: join(folder, 'none.json') };
    const env = { ...environment, ...inputs, ...own, OPENAI_API_KEY: '' };
    const { status, stdout, stderr } = spawnSync('bash', ['-c', script], {
      cwd: folder,
      encoding: 'utf8',
      env,
    });
    return { code: status, said: stdout + stderr };
  };
  const mirrored = mirrorTo('sqlite:./notes.db');
  if (mirrored.code !== 0) throw new Error(mirrored.said);
  const keyless = mirrorTo('openai+vector://vs_1');
  if (!keyless.said.includes('set OPENAI_API_KEY')) throw new Error(keyless.said);
  console.log(`  mirrored into a file: ${mirrored.said.trim().split('\n').at(-1)}`);
  console.log('  the vector store asks for its key, so its client is there');
}

function blankFolder(name: string): string {
  const folder = mkdtempSync(join(workplace, `blank-${name}-`));
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    join(folder, 'package.json'),
    JSON.stringify({ name: 'blank', private: true, type: 'module' }),
  );
  return folder;
}

function chapter(text: string): void {
  console.log(`\n${text}`);
}

function run(
  command: string,
  args: readonly string[],
  options: { cwd?: string; env?: NodeJS.ProcessEnv } = {},
): string {
  try {
    return execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], ...options });
  } catch (error) {
    const { stdout, stderr } = error as { stdout?: string; stderr?: string };
    throw new Error(`${command} ${args.join(' ')} failed:\n${stdout ?? ''}${stderr ?? ''}`, { cause: error });
  }
}
