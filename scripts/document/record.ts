// pnpm record: runs the main job for real, a repository over HTTP and a vector store on 127.0.0.1, and draws what the terminal showed.
import { execFile, execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { startServer } from '@f9/openai-server';
import { type RecordedCommand, terminalPicture } from './terminal.ts';

const PICTURE = 'docs/pictures/mirror.svg';
/** As it is shown; it stands for the repository that is made here. */
const ADDRESS = 'git+https://github.com/you/notes.git';
const NOTES: Readonly<Record<string, string>> = {
  'garden/tomatoes.md': '# Tomatoes\n\nTomatoes need water each morning, at their roots.\n',
  'garden/apples.md': '# Apples\n\nApples ripen in September.\n',
  'ideas/first.md': '# An idea\n\nOne interface over a folder, a repository and a vector store.\n',
};
const COMMANDS = [
  `f9 vaults add notes ${ADDRESS}`,
  "f9 vaults add index openai+vector: --create 'My notes'",
  'f9 mirror notes: index: --prune -v',
  "f9 search 'when do tomatoes need water?' index: -n 1",
  "f9 write notes:garden/plums.md --text 'Plums come before apples.' && f9 push notes: -m Plums",
  'f9 mirror notes: index: --prune -v',
  'f9 check notes: index:',
];

const workplace = mkdtempSync(join(tmpdir(), 'f9-record-'));
const server = await startServer({ unkind: false });
try {
  const remote = makeRepository(join(workplace, 'notes'));
  const recorded: RecordedCommand[] = [];
  for (const command of COMMANDS) recorded.push(await run(command, remote));
  mkdirSync('docs/pictures', { recursive: true });
  writeFileSync(PICTURE, terminalPicture(recorded));
  console.log(`Written to ${PICTURE}`);
} finally {
  await server.close();
  rmSync(workplace, { recursive: true, force: true });
}

/** The command as it is shown, run with the real address in its place; the server is in this process, which must not block. */
async function run(command: string, remote: string): Promise<RecordedCommand> {
  const local = command.replace(ADDRESS, `git+file://${remote}`);
  const { stdout } = await promisify(execFile)('bash', ['-c', `exec 2>&1\n${local}`], { env: environment() });
  return { command, output: stdout.replaceAll(`git+file://${remote}`, ADDRESS) };
}

function environment(): NodeJS.ProcessEnv {
  const bin = join(workplace, 'bin');
  mkdirSync(bin, { recursive: true });
  const program = join(bin, 'f9');
  const node = `'${process.execPath}' --conditions=@f9/source '${resolve('packages/cli/src/bin.ts')}'`;
  writeFileSync(program, `#!/bin/sh\nexec ${node} "$@"\n`);
  chmodSync(program, 0o755);
  return {
    PATH: `${bin}:${process.env.PATH}`,
    HOME: workplace,
    FORCE_COLOR: '1',
    GIT_CONFIG_NOSYSTEM: '1',
    OPENAI_API_KEY: 'sk-recorded',
    OPENAI_BASE_URL: server.url,
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
