import fs from 'node:fs';
import { expect, test } from 'vitest';
import { looseCommit } from '../src/clone/loose-commit.ts';
import { git, temporaryFolder } from './repository.ts';

test('a commit that lies in a file of its own says what git says; of another one nothing is said', () => {
  const folder = temporaryFolder();
  git(folder, 'init', '--quiet', '--template=', '--initial-branch=main');
  const commit = (...args: string[]): string => {
    git(folder, 'commit', '--quiet', '--allow-empty', ...args);
    return git(folder, 'rev-parse', 'HEAD');
  };
  const first = commit('-m', 'first');
  const second = commit('-m', `second\n\nparent ${first}\n`);
  const merge = git(folder, 'commit-tree', 'HEAD^{tree}', '-p', second, '-p', first, '-m', 'merge');
  const tree = git(folder, 'rev-parse', 'HEAD^{tree}');
  const directory = `${folder}/.git`;
  expect(looseCommit(directory, first)).toEqual({ tree, parents: [] });
  expect(looseCommit(directory, second)).toEqual({ tree, parents: [first] });
  expect(looseCommit(directory, merge)).toEqual({ tree, parents: [second, first] });
  expect(looseCommit(directory, tree)).toBeUndefined();
  expect(looseCommit(directory, '0'.repeat(40))).toBeUndefined();
  const file = `${directory}/objects/${first.slice(0, 2)}/${first.slice(2)}`;
  fs.chmodSync(file, 0o644);
  fs.truncateSync(file, 20);
  expect(looseCommit(directory, first)).toBeUndefined();
});
