import fs from 'node:fs';
import { join } from 'node:path';
import type { ForbiddenJob, ForbiddenVault, OtherUserResult } from './children/other-user.ts';
import { STATE } from './operations.ts';
import type { Report } from './report.ts';
import { file, isSameTree, plantTree, readTree, type Tree } from './tree.ts';
import { leftInState } from './verdict.ts';
import { linesOf, type Workplace } from './workplace.ts';

const READS: readonly ForbiddenJob[] = ['read', 'streamRead', 'checksum'];
const WRITES: readonly ForbiddenJob[] = [
  'create',
  'createDirectory',
  'update',
  'append',
  'streamWrite',
  'copy',
  'session',
];
const REMOVALS: readonly ForbiddenJob[] = ['move', 'delete', 'deleteDirectory'];

/** Vaults of root, and what nobody else may do there. */
const VAULTS: readonly (Omit<ForbiddenVault, 'root'> & {
  tree: Tree;
  rootMode: number;
  modes?: Record<string, number>;
})[] = [
  {
    name: 'a root that others may not enter',
    tree: { 'file.txt': file('secret') },
    rootMode: 0o700,
    jobs: ['open', 'read', 'create', 'update', 'delete', 'session'],
  },
  {
    name: 'a root that others may only read',
    tree: { 'file.txt': file('old'), directory: 'directory', 'directory/inner.txt': file('inner') },
    rootMode: 0o755,
    jobs: [...WRITES, ...REMOVALS],
  },
  {
    name: 'a state directory that others may not write in',
    tree: { '.f9': 'directory', 'file.txt': file('old') },
    rootMode: 0o777,
    modes: { '.f9': 0o755 },
    jobs: ['create', 'update', 'append', 'streamWrite', 'copy', 'session'],
  },
  {
    name: 'a file and a directory that others may not read',
    tree: {
      'file.txt': file('secret', 0o600),
      directory: 'directory',
      'directory/inner.txt': file('secret'),
    },
    rootMode: 0o777,
    modes: { directory: 0o700 },
    jobs: [...READS, 'append', 'copy', 'list', 'info', 'deleteDirectory'],
  },
];

/** Lets another user try what is not permitted. */
export async function proveOtherUser(workplace: Workplace, report: Report): Promise<void> {
  report.section('Another user (uid 65534) without permission');
  const row = report.table('vault', 'tried', 'denied', 'breaches');
  fs.chmodSync(workplace.folder, 0o755);
  const vaults = VAULTS.map(({ name, jobs, tree, rootMode, modes = {} }): ForbiddenVault => {
    const root = workplace.newFolder();
    plantTree(root, tree);
    fs.chmodSync(root, rootMode);
    for (const [path, mode] of Object.entries(modes)) fs.chmodSync(join(root, path), mode);
    return { name, root, jobs };
  });
  const before = vaults.map(({ root }) => readTree(root));
  const results = linesOf<OtherUserResult>(await workplace.run('other-user', [vaults]));
  for (const [i, { name, root }] of vaults.entries()) {
    const own = results.filter(({ vault }) => vault === name);
    const breaches = own.flatMap(({ job, breaches }) => breaches.map((text) => `${name}, ${job}: ${text}`));
    if (leftInState(root).length > 0 || !isSameTree(withoutState(readTree(root)), withoutState(before[i]!)))
      breaches.push(`${name}: something changed`);
    const denied = own.filter(({ code }) => code === 'PERMISSION_DENIED').length;
    row(name, own.length, denied, breaches.length);
    report.breachAll(breaches);
  }
}

/** A job that fails only once its path is locked may have made the directory that the lock was in. */
function withoutState(tree: Tree): Tree {
  return Object.fromEntries(Object.entries(tree).filter(([path]) => path.split('/')[0] !== STATE));
}
