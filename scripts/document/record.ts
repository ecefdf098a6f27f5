// pnpm record: runs the main job and a conflict for real, and draws what the terminal showed.
import { execFile, execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { type RecordedCommand, terminalPicture } from './terminal.ts';

/** As it is shown; it stands for the repository that is made here. */
const ADDRESS = 'git+https://github.com/you/notes.git';
const NOTES: Readonly<Record<string, string>> = {
  'garden/tomatoes.md': '# Tomatoes\n\nTomatoes need water each morning, at their roots.\n',
  'garden/apples.md': '# Apples\n\nApples ripen in September.\n',
  'ideas/first.md':
    '# An idea\n\nOne interface over a folder, a repository and a file that can be searched.\n',
};
const MAIN_JOB = [
  `f9 vaults add notes ${ADDRESS}`,
  'f9 vaults add index sqlite:./notes.db',
  'f9 mirror notes: index: --prune',
  "f9 search 'when do tomatoes need water?' index: -n 1",
  "f9 write notes:garden/plums.md --text 'Plums come before apples.' && f9 push notes: -m Plums",
  'f9 mirror notes: index: --prune --dry-run',
  'f9 mirror notes: index: --prune',
  'f9 check notes: index:',
];

const CONFLICT = [
  `f9 vaults add notes ${ADDRESS}`,
  `f9 vaults add mine '${ADDRESS}?path=mine'`,
  "f9 write -f mine:garden/apples.md --text 'Apples ripen in August.' && f9 push mine:",
  "f9 write -f notes:garden/apples.md --text 'Apples ripen late.' && f9 push notes:",
  'f9 conflicts notes:garden/apples.md',
  'f9 conflicts notes:garden/apples.md --accept local',
  'f9 push notes:',
];
const SESSIONS = { mirror: MAIN_JOB, conflict: CONFLICT };

const workplace = mkdtempSync(join(tmpdir(), 'f9-record-'));
try {
  mkdirSync('docs/pictures', { recursive: true });
  for (const [name, commands] of Object.entries(SESSIONS)) {
    const home = join(workplace, name);
    const remote = makeRepository(join(home, 'notes'));
    const recorded: RecordedCommand[] = [];
    for (const command of commands) recorded.push(await run(command, remote, home));
    writeFileSync(`docs/pictures/${name}.svg`, terminalPicture(recorded));
    console.log(`Written to docs/pictures/${name}.svg`);
  }
} finally {
  rmSync(workplace, { recursive: true, force: true });
}

/** The command as it is shown, run with the real address in its place. */
async function run(command: string, remote: string, home: string): Promise<RecordedCommand> {
  const local = command.replace(ADDRESS, `git+file://${remote}`);
  // A push that meets a conflict is part of the story.
  const script = `exec 2>&1\n${local}\ntrue`;
  const { stdout } = await promisify(execFile)('bash', ['-c', script], { cwd: home, env: environment(home) });
  const output = stdout.replaceAll(`git+file://${remote}`, ADDRESS).replaceAll(home, '/home/you');
  return { command, output };
}

function environment(home: string): NodeJS.ProcessEnv {
  const bin = join(workplace, 'bin');
  mkdirSync(bin, { recursive: true });
  const program = join(bin, 'f9');
  const node = `'${process.execPath}' --conditions=@f9/source '${resolve('packages/cli/src/bin.ts')}'`;
  writeFileSync(program, `#!/bin/sh\nexec ${node} "$@"\n`);
  chmodSync(program, 0o755);
  return {
    PATH: `${bin}:${process.env.PATH}`,
    HOME: home,
    FORCE_COLOR: '1',
    GIT_CONFIG_NOSYSTEM: '1',
  };
}

/** A bare repository with the notes in it; gives its folder. */
function makeRepository(folder: string): string {
  for (const [path, text] of Object.entries(NOTES)) {
    mkdirSync(join(folder, path, '..'), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  const git = (...args: string[]): void => {
    execFileSync('git', ['-c', 'user.name=You', '-c', 'user.email=you@example.com', ...args], {
      cwd: folder,
      stdio: 'pipe',
    });
  };
  git('init', '--quiet', '--initial-branch=main');
  git('add', '.');
  git('commit', '--quiet', '-m', 'Notes');
  git('clone', '--quiet', '--bare', folder, `${folder}.git`);
  return `${folder}.git`;
}
