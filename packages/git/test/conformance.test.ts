import child_process from 'node:child_process';
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { dirname, join } from 'node:path';
import { type ConformanceStore, testBackend } from '@f9/conformance';
import { afterAll, describe, test } from 'vitest';
import { beforeCalls } from '../../../scripts/test/before-calls.ts';
import { sparing } from '../../../scripts/test/daily.ts';
import { GitSyncFileBackend, type GitSyncFileBackendOptions } from '../src/index.ts';
import { isVaultName } from '../src/worktree/vault-path.ts';
import { git, makeFolder, makeRemote } from './repository.ts';
import { GitDaemon } from './servers/git-daemon.ts';

// Cloning takes ten times as long as an average case: each gets a copy of an empty remote and of a clone of it.
const template = makeFolder();
makeRemote(template);
const daemon = await GitDaemon.start(template);
const options: GitSyncFileBackendOptions = {
  remoteUrl: `${daemon.url}/remote.git`,
  allowInsecure: true,
  maxStale: 0,
};
const original = await GitSyncFileBackend.open({ ...options, path: join(template, 'clone') });
await original[Symbol.asyncDispose]();
/** The remotes of the stores there are; the last one is on the network. */
const folders = [template];

afterAll(async () => {
  await daemon[Symbol.asyncDispose]();
  fs.rmSync(template, { recursive: true });
});

// The working tree is a folder like any other, of which @f9/local runs all; what goes on with a remote takes a dozen processes a case.
await testBackend(sparing({ describe, test }, 4), {
  name: 'git',
  createStore,
  createMissing,
  resources: openFilesAndProcesses,
  refusesName: (name) => !isVaultName(name),
});

function createStore(): ConformanceStore {
  const folder = makeFolder();
  fs.cpSync(join(template, 'remote.git'), join(folder, 'remote.git'), { recursive: true });
  folders.push(folder);
  daemon.root = folder;
  const copyClone = (name: string): string => {
    const path = join(folder, name);
    if (!fs.existsSync(path)) fs.cpSync(join(template, 'clone'), path, { recursive: true });
    return path;
  };
  let clones = 0;
  return {
    createBackend: () => new GitSyncFileBackend({ ...options, path: copyClone('own') }),
    createClone: (auto) =>
      new GitSyncFileBackend({ ...options, ...auto, path: copyClone(`clone-${clones++}`) }),
    setRemoteReachable: (isReachable) => daemon.setReachable(isReachable),
    rewriteRemote: () => {
      const remote = join(folder, 'remote.git');
      const empty = git(remote, 'hash-object', '-t', 'tree', '-w', '/dev/null');
      git(remote, 'update-ref', 'refs/heads/main', git(remote, 'commit-tree', '-m', 'Anew', empty));
    },
    secrets: [folder],
    onCall: (listener) => {
      const end = beforeCalls(child_process, ['spawn'], listener);
      syncBuiltinESMExports();
      return () => {
        end();
        syncBuiltinESMExports();
      };
    },
    leftovers: () => leftoversIn(join(folder, 'own', '.git')),
    createSymlink: (target, path) => {
      const link = join(copyClone('own'), path);
      fs.mkdirSync(dirname(link), { recursive: true });
      fs.symlinkSync(target, link);
    },
    processModule: {
      url: new URL('open-vault.ts', import.meta.url),
      data: { ...options, path: copyClone('own') },
    },
    dispose: () => {
      folders.splice(folders.indexOf(folder), 1);
      daemon.root = folders.at(-1)!;
      fs.rmSync(folder, { recursive: true });
    },
  };
}

function createMissing(): ConformanceStore {
  const folder = makeFolder();
  const path = join(folder, 'own');
  return {
    createBackend: () => new GitSyncFileBackend({ ...options, remoteUrl: `${daemon.url}/none.git`, path }),
    secrets: [folder],
    dispose: () => fs.rmSync(folder, { recursive: true }),
  };
}

/** What neither git nor f9 needs any more: locks, objects that were not finished, what belongs to a process. */
function leftoversIn(repository: string): string[] {
  const kept = ['origin', 'dirty', 'fetched', 'dates', 'in-use'];
  const own = fs.readdirSync(join(repository, 'f9')).filter((name) => !kept.includes(name));
  const unfinished = fs
    .readdirSync(repository, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.lock') || /objects\/.*(tmp_|\.tmp-)/.test(name));
  return [...own, ...unfinished];
}

function openFilesAndProcesses(): number {
  if (process.platform !== 'linux') return 0;
  const threads = fs.readdirSync('/proc/self/task');
  const children = threads.flatMap((thread) =>
    fs.readFileSync(`/proc/self/task/${thread}/children`, 'latin1').split(' ').filter(Boolean),
  );
  return fs.readdirSync('/proc/self/fd').filter(isCounted).length + children.length;
}

/** Node opens one for all that is watched, and keeps it. */
function isCounted(fd: string): boolean {
  try {
    return fs.readlinkSync(`/proc/self/fd/${fd}`) !== 'anon_inode:inotify';
  } catch {
    // Reading the folder itself took a descriptor, which is gone by now.
    return false;
  }
}
