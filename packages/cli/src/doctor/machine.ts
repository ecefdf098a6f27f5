import { execFile } from 'node:child_process';
import { access, readdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Io } from '../terminal/io.ts';
import { versionOf } from '../terminal/package-version.ts';
import type { Finding } from './finding.ts';

const run = promisify(execFile);

/** Checks the machine for everything that the program needs. */
export async function examineMachine({ env }: Io): Promise<Finding[]> {
  return [
    examineNode(),
    examinePackages(),
    await examineGit(env),
    await examineSsh(env),
    await examineSshKeys(env),
  ];
}

/** The first Node whose SQLite can search. */
const NODE_WITH_SEARCH = [22, 16] as const;

function examineNode(): Finding {
  const found = process.versions.node;
  const [major = 0, minor = 0] = found.split('.').map(Number);
  const [wanted, orMore] = NODE_WITH_SEARCH;
  if (major > wanted || (major === wanted && minor >= orMore)) return { check: 'node', status: 'ok', found };
  return {
    check: 'node',
    status: 'warning',
    found: `${found}, whose SQLite cannot search`,
    advice: `install Node ${wanted}.${orMore} or later, which sqlite: vaults and the search of folders and repositories need`,
  };
}

const PACKAGES = ['core', 'local', 'git', 'search', 'sqlite', 'factory', 'registry', 'cli'];
/** Packages that are not installed with the command. */
const OPTIONAL_PACKAGES = ['openai', 'postgres', 's3', 'mcp'];

function examinePackages(): Finding {
  const versions = PACKAGES.map((name) => [`@f9/${name}`, versionOf(`@f9/${name}`)] as const);
  const missing = versions.filter(([, version]) => version === undefined).map(([name]) => name);
  const optional = OPTIONAL_PACKAGES.map((name) => [`@f9/${name}`, versionOf(`@f9/${name}`)] as const);
  const found = [
    ...versions.map(([name, version]) => `${name} ${version ?? 'is missing'}`),
    ...optional.map(([name, version]) => `${name} ${version ?? 'is not installed, and only some need it'}`),
  ].join(', ');
  return missing.length === 0
    ? { check: 'packages', status: 'ok', found }
    : { check: 'packages', status: 'failure', found, advice: `npm install ${missing.join(' ')}` };
}

/** The first git that merges without a working tree. */
const OLDEST_GIT = [2, 38] as const;

async function examineGit(env: Io['env']): Promise<Finding> {
  const needed = { check: 'git', advice: 'install git 2.38 or later, which git vaults need' };
  const output = await firstLine('git', ['--version'], env);
  if (output === undefined) return { ...needed, status: 'warning', found: 'is not installed' };
  const [major = 0, minor = 0] = /(\d+)\.(\d+)/.exec(output)?.slice(1).map(Number) ?? [];
  const isNewEnough = major > OLDEST_GIT[0] || (major === OLDEST_GIT[0] && minor >= OLDEST_GIT[1]);
  const found = output.replace('git version ', '');
  return isNewEnough ? { check: 'git', status: 'ok', found } : { ...needed, status: 'failure', found };
}

async function examineSsh(env: Io['env']): Promise<Finding> {
  const found = await firstLine('ssh', ['-V'], env);
  return found === undefined
    ? {
        check: 'ssh',
        status: 'warning',
        found: 'is not installed',
        advice: 'install OpenSSH, which git+ssh URIs need',
      }
    : { check: 'ssh', status: 'ok', found };
}

async function examineSshKeys(env: Io['env']): Promise<Finding> {
  const folder = join(env.HOME ?? homedir(), '.ssh');
  const names = await readdir(folder).catch((): string[] => []);
  const keys = names.filter((name) => /^id_.*(?<!\.pub)$/.test(name));
  const hasAgent = env.SSH_AUTH_SOCK !== undefined && (await isThere(env.SSH_AUTH_SOCK));
  const knowsHosts = names.includes('known_hosts');
  const parts = [
    keys.length === 0 ? 'no key in ~/.ssh' : `keys: ${keys.join(', ')}`,
    hasAgent ? 'an agent runs' : 'no agent',
    knowsHosts ? 'known_hosts is there' : 'no known_hosts',
  ];
  const found = parts.join('; ');
  if (keys.length === 0 && !hasAgent) {
    const advice = 'for git+ssh URIs: ssh-keygen -t ed25519, and give the public key to your git host';
    return { check: 'ssh keys', status: 'warning', found, advice };
  }
  if (!knowsHosts) {
    const advice =
      'for git+ssh URIs: connect once with ssh and compare the fingerprint, since unknown hosts are refused';
    return { check: 'ssh keys', status: 'warning', found, advice };
  }
  return { check: 'ssh keys', status: 'ok', found };
}

/** The first line that a program prints, on either of its outputs; `undefined` where it cannot be run. */
async function firstLine(
  program: string,
  args: readonly string[],
  env: Io['env'],
): Promise<string | undefined> {
  try {
    const { stdout, stderr } = await run(program, [...args], { env, timeout: 10_000 });
    return (stdout || stderr).trim().split('\n')[0] ?? '';
  } catch {
    return undefined;
  }
}

async function isThere(path: string): Promise<boolean> {
  return await access(path).then(
    () => true,
    () => false,
  );
}
