import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { startServer } from '@f9/openai-server';
import { Cluster, hasPostgres } from '../../packages/postgres/test/support/cluster.ts';

/** Real things at loopback addresses, for programs in documents that name things elsewhere. */
export interface Services {
  readonly environment: Readonly<Record<string, string>>;
  /** The program with the addresses of the documents replaced. */
  localise(source: string): string;
  close(): Promise<void>;
}

/** The repository that the documents clone. */
const DOCUMENTED_REPOSITORY = /(?:git\+)?https:\/\/github\.com\/you\/notes(?:\.git)?/g;

export async function startServices(folder: string): Promise<Services> {
  const server = await startServer({ unkind: false });
  const cluster = hasPostgres ? await Cluster.start() : undefined;
  cluster?.sql('CREATE ROLE notes LOGIN');
  cluster?.sql('CREATE DATABASE notes OWNER notes');
  let repositories = 0;
  return {
    environment: {
      OPENAI_API_KEY: 'sk-documents',
      OPENAI_BASE_URL: server.url,
      XDG_DATA_HOME: join(folder, 'data'),
      XDG_CONFIG_HOME: join(folder, 'config'),
    },
    localise: (text) => {
      const source = text.replaceAll(
        "host: 'db.example.com'",
        `host: '127.0.0.1', port: ${cluster?.port}, tls: 'disable'`,
      );
      if (!DOCUMENTED_REPOSITORY.test(source)) return source;
      const url = pathToFileURL(makeRepository(join(folder, `notes-${repositories++}`))).href;
      return source.replaceAll(DOCUMENTED_REPOSITORY, (found) =>
        found.startsWith('git+') ? `git+${url}` : url,
      );
    },
    close: async () => {
      await server.close();
      await cluster?.[Symbol.asyncDispose]();
    },
  };
}

/** A bare repository with one note in it. */
function makeRepository(folder: string): string {
  const bare = `${folder}.git`;
  mkdirSync(folder, { recursive: true });
  const git = (...args: string[]): void => {
    const identity = [
      '-c',
      'user.name=You',
      '-c',
      'user.email=you@example.com',
      '-c',
      'commit.gpgSign=false',
    ];
    execFileSync('git', [...identity, ...args], { cwd: folder, stdio: 'pipe' });
  };
  git('init', '--quiet', '--initial-branch=main');
  writeFileSync(join(folder, 'README.md'), '# Notes\n');
  git('add', '.');
  git('commit', '--quiet', '--message=First note');
  git('clone', '--quiet', '--bare', folder, bare);
  return bare;
}
