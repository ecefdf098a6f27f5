import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { serveGitOverHttp } from '../examples/support/git-http-server.ts';
import { GitSyncFileBackend } from '../packages/git/src/index.ts';
import { makeFolder } from './fixtures.ts';

export const ENVIRONMENT: NodeJS.ProcessEnv = {
  ...process.env,
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_AUTHOR_NAME: 'bench',
  GIT_AUTHOR_EMAIL: 'bench@localhost',
  GIT_COMMITTER_NAME: 'bench',
  GIT_COMMITTER_EMAIL: 'bench@localhost',
};

/** Not synchronous: the server that git talks to runs in this process. */
export async function git(cwd: string, ...args: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)('git', args, { cwd, env: ENVIRONMENT, maxBuffer: 2 ** 28 });
  return stdout;
}

/** A bare repository with `files` files, grown over `commits` commits. */
async function makeRemote(folder: string, files: number, commits: number): Promise<void> {
  const bare = join(folder, 'served', 'notes.git');
  mkdirSync(bare, { recursive: true });
  await git(bare, 'init', '--quiet', '--bare', '--initial-branch=main');
  const importer = spawn('git', ['fast-import', '--quiet'], {
    cwd: bare,
    env: ENVIRONMENT,
    stdio: ['pipe', 'ignore', 'inherit'],
  });
  const perCommit = Math.ceil(files / commits);
  for (let i = 0; i < commits; i++) {
    importer.stdin.write(
      `commit refs/heads/main\ncommitter bench <bench@localhost> ${1_700_000_000 + i} +0000\ndata 1\nc\n`,
    );
    for (let file = i * perCommit; file < Math.min(files, (i + 1) * perCommit); file++) {
      const path = `d${Math.floor(file / 1000)}/e${Math.floor(file / 100) % 10}/file-${file}${file % 10 === 0 ? '.ts' : '.md'}`;
      importer.stdin.write(`M 644 inline ${path}\ndata 7\na note\n\n`);
    }
  }
  importer.stdin.end();
  const [code] = await once(importer, 'exit');
  if (code !== 0) throw new Error(`git fast-import ended with exit code ${code}`);
}

/** A remote over http, with `files` files grown over `commits` commits. */
export async function serve(files: number, commits: number) {
  const folder = makeFolder();
  await makeRemote(folder.path, files, commits);
  const server = await serveGitOverHttp(join(folder.path, 'served'));
  const remoteUrl = `${server.url}/notes.git`;
  return {
    folder,
    remoteUrl,
    open: (name: string) =>
      GitSyncFileBackend.open({
        remoteUrl,
        path: join(folder.path, name),
        allowInsecure: true,
        authorName: 'bench',
        authorEmail: 'bench@localhost',
      }),
    close: async () => {
      await server[Symbol.asyncDispose]();
      folder.remove();
    },
  };
}
