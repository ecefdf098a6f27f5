import { createHash } from 'node:crypto';
import { chmodSync, readlinkSync, type Stats } from 'node:fs';
import { isFileBackendError } from '@f9/core';
import { type BackendDriver, type BackendPath, parentPath, ROOT } from '@f9/core/driver';
import { choicesOf } from '../clone/choices.ts';
import { type Clone, headOf, hostPath, lookAt, moveBranch } from '../clone/clone.ts';
import { syncTree } from '../clone/durable.ts';
import { StateFile } from '../clone/state-file.ts';
import { EXECUTABLE, GITLINK, listTree } from '../clone/trees.ts';
import { BlobReader } from '../process/blob-reader.ts';
import type { GitRunOptions } from '../process/git-process.ts';
import { isVaultPath } from './vault-path.ts';

// git itself never writes a working tree that somebody may be reading: it rewrites files in place, so that readers see torn ones, and
// a kill leaves files that the next commit would take for the user's own edits.

/** One version of a file in a commit. */
interface Version {
  /** git's octal mode. */
  readonly mode: string;
  readonly oid: string;
}

/** A path that differs between two commits; `undefined` where a commit has no such file. */
export interface Change {
  readonly path: BackendPath;
  readonly from: Version | undefined;
  readonly to: Version | undefined;
}

/**
 * Brings branch and working tree from one commit to another, file by file, each in one step. Paths that hold neither version are
 * somebody's work, to be committed and merged first: then these are given, and nothing has changed. `finishCheckOut` finishes what a
 * crash interrupts.
 */
export async function checkOut(clone: Clone, from: string | undefined, to: string): Promise<BackendPath[]> {
  const note = { from: from ?? null, to };
  checkOutNote(clone).write(note);
  return await followNote(clone, note);
}

/**
 * Fills a working tree that nobody sees yet with a commit. git itself does it, at once, and then knows that no file was touched
 * since.
 */
export async function fillWorkTree(clone: Clone, to: string, options: GitRunOptions): Promise<void> {
  const { git } = clone;
  const everything = await differencesBetween(clone, undefined, to);
  clone.gitlinks.note(gitlinksAmong(everything), []);
  await git.run(['read-tree', to], options);
  const paths = vaultChanges(everything).map(({ path }) => path);
  const input = paths.join('\0');
  if (input !== '') await git.run(['checkout-index', '-u', '-z', '--stdin'], { ...options, input });
  if (clone.isDurable) await syncTree(git.directory, paths);
  await moveBranch(clone, undefined, to, 'clone');
}

/**
 * Finishes a check-out that a crash interrupted: on to the new commit, or, where somebody worked on one of the files meanwhile, back
 * to the old one, so that this work is merged and not taken for an answer to the remote's.
 */
export async function finishCheckOut(clone: Clone): Promise<void> {
  const note = checkOutNote(clone).read();
  if (note === undefined) return;
  // The branch moves last. Where it is elsewhere, somebody else has moved it since.
  if ((headOf(clone) ?? null) === note.from) await followNote(clone, note, true);
  else endCheckOut(clone);
}

async function followNote(clone: Clone, { from, to }: Note, isResumed = false): Promise<BackendPath[]> {
  const { git } = clone;
  const note = checkOutNote(clone);
  const everything = await differencesBetween(clone, from ?? undefined, to);
  const changes = vaultChanges(everything);
  // Noted before any file comes in, so that writes to them meanwhile are refused.
  clone.gitlinks.note(
    gitlinksAmong(everything),
    everything.filter((change) => change.to?.mode !== GITLINK).map(({ path }) => path),
  );
  try {
    await git.run(['read-tree', '--reset', to]);
  } catch (error) {
    // git does not let the commit in; no file is touched yet.
    note.remove();
    throw error;
  }
  const blocked = await rewriteFiles(clone, changes, isResumed);
  if (blocked.length === 0) {
    await moveBranch(clone, from ?? undefined, to, 'check out');
    endCheckOut(clone);
  } else {
    await git.run(from === null ? ['read-tree', '--empty'] : ['read-tree', '--reset', from]);
    note.remove();
  }
  return blocked;
}

/** Forgets the check-out and the choices, now that the branch has arrived. */
function endCheckOut(clone: Clone): void {
  choicesOf(clone).remove();
  checkOutNote(clone).remove();
}

/**
 * Writes all changes, or none if some paths hold neither version; gives these.
 *
 * @param isResumed some may be written already
 */
export async function rewriteFiles(
  clone: Clone,
  changes: readonly Change[],
  isResumed = false,
): Promise<BackendPath[]> {
  const blocked: BackendPath[] = [];
  const written: Change[] = isResumed ? [...changes] : [];
  const looks = new Map<Change, Look>();
  const etags = await etagsOf(clone, changes);
  for (const change of changes) {
    const look = await lookFor(clone, change, etags);
    looks.set(change, look);
    if (look.place === 'elsewhere') blocked.push(change.path);
  }
  if (blocked.length === 0) {
    for await (const { change, result } of rewriteEach(clone, removalsFirst(changes), looks)) {
      if (result === 'written') written.push(change);
      // Somebody wrote the file while this was under way.
      if (result === 'blocked') blocked.push(change.path);
    }
  }
  if (blocked.length > 0) {
    const back = written.map(({ path, from, to }) => ({ path, from: to, to: from }));
    for await (const _ of rewriteEach(clone, removalsFirst(back), new Map()));
  }
  return blocked;
}

/** The version on the disk at a path. */
interface Look {
  /** The one of the two versions that it is. */
  readonly place: 'from' | 'to' | 'elsewhere';
  /** The etag from before its content was read, so that a later write shows as another one. */
  readonly etag: string | undefined;
  readonly isLink: boolean;
  readonly isExecutable: boolean;
}

type Rewritten = 'written' | 'there already' | 'blocked';

/** @param looks versions that were already looked at */
async function* rewriteEach(
  clone: Clone,
  changes: readonly Change[],
  looks: ReadonlyMap<Change, Look>,
): AsyncGenerator<{ readonly change: Change; readonly result: Rewritten }, void, void> {
  const oids = changes.flatMap((change) =>
    change.to === undefined || looks.get(change)?.place === 'to' ? [] : change.to.oid,
  );
  await using blobs = new BlobReader(clone.git, oids);
  for (const change of changes) {
    const look = looks.get(change);
    // A link has no etag to show that it is still the same.
    const isKnown = look !== undefined && !look.isLink;
    const result = await rewriteFile(clone, change, isKnown ? look : await lookFor(clone, change), blobs);
    yield { change, result };
  }
}

async function rewriteFile(
  clone: Clone,
  change: Change,
  { place, etag, isLink, isExecutable }: Look,
  blobs: BlobReader,
): Promise<Rewritten> {
  const { path, from, to } = change;
  const { files } = clone;
  try {
    if (place === 'elsewhere') return 'blocked';
    if (place === 'from') {
      if (from !== undefined && (to === undefined || isLink)) {
        await files.remove(path, isLink || etag === undefined ? {} : { ifMatch: etag });
        await removeEmptyParents(files, path);
      }
      if (to !== undefined) {
        await files.write(path, await blobs.read(to.oid), {
          ifMissing: 'create',
          ...(from === undefined || isLink || etag === undefined
            ? { ifExists: 'fail' }
            : { ifExists: 'replace', ifMatch: etag }),
        });
      }
    }
    // A replaced file keeps its mode; a new one is not executable.
    const isAsNew = place === 'from' && (from === undefined || isLink);
    const shouldExecute = to?.mode === EXECUTABLE;
    const isModeNew =
      to !== undefined &&
      shouldExecute !== (isExecutable && !isAsNew) &&
      setExecutable(clone, path, shouldExecute);
    return place === 'from' || isModeNew ? 'written' : 'there already';
  } catch (error) {
    if (isInTheWay(error)) return 'blocked';
    throw error;
  }
}

/** Codes of a write where somebody else wrote first. */
const IN_THE_WAY = [
  'ALREADY_EXISTS',
  'DIRECTORY_NOT_EMPTY',
  'IS_DIRECTORY',
  'NOT_DIRECTORY',
  'NOT_FOUND',
  'PATH_OUTSIDE_ROOT',
  'PRECONDITION_FAILED',
] as const;

function isInTheWay(error: unknown): boolean {
  return IN_THE_WAY.some((code) => isFileBackendError(error, code));
}

/** Removes the directories that were there for one file alone. */
export async function removeEmptyParents(files: BackendDriver, path: BackendPath): Promise<void> {
  for (let parent = parentPath(path); parent !== ROOT; parent = parentPath(parent)) {
    try {
      await files.remove(parent, {});
    } catch {
      return;
    }
  }
}

/** Looks at a path. The etag comes first, so that a write after the comparison shows as another one. */
async function lookFor(
  clone: Clone,
  { path, from, to }: Change,
  etags?: ReadonlyMap<string, string | undefined>,
): Promise<Look> {
  try {
    const etag = etags === undefined ? (await clone.files.stat(path, {}))?.etag : etags.get(path);
    const stats = lookAt(clone, path);
    const oid = stats && (await oidOnDisk(clone, path, stats));
    return {
      place: oid === to?.oid ? 'to' : oid === from?.oid ? 'from' : 'elsewhere',
      etag,
      isLink: stats?.isSymbolicLink() === true,
      isExecutable: isExecutable(stats),
    };
  } catch (error) {
    if (!isInTheWay(error)) throw error;
    return { place: 'elsewhere', etag: undefined, isLink: false, isExecutable: false };
  }
}

/** The etags of files, asked for together; `undefined` where one of them has to be asked for by itself. */
async function etagsOf(
  { files }: Clone,
  changes: readonly Change[],
): Promise<ReadonlyMap<string, string | undefined> | undefined> {
  try {
    const paths = changes.map(({ path }) => path);
    const infos = await files.statMany?.(paths, {});
    return infos && new Map(paths.map((path, at) => [path, infos[at]?.etag]));
  } catch (error) {
    if (!isInTheWay(error)) throw error;
    return undefined;
  }
}

/** The id that git would give the content at `path`; `undefined` where there is no file. */
async function oidOnDisk(clone: Clone, path: BackendPath, stats: Stats): Promise<string | undefined> {
  if (stats.isDirectory()) return undefined;
  if (stats.isSymbolicLink()) {
    const target = readlinkSync(hostPath(clone, path), { encoding: 'buffer' });
    return createHash('sha1').update(`blob ${target.length}\0`).update(target).digest('hex');
  }
  const hash = createHash('sha1').update(`blob ${stats.size}\0`);
  let left = stats.size;
  for await (const block of clone.files.read(path, {})) {
    hash.update(block);
    left -= block.length;
  }
  return left === 0 ? hash.digest('hex') : 'changing while it is read';
}

function isExecutable(stats: Stats | undefined): boolean {
  return ((stats?.mode ?? 0) & 0o100) !== 0;
}

/** Sets or clears the executable bit; true if that was a change. */
function setExecutable(clone: Clone, path: BackendPath, shouldExecute: boolean): boolean {
  const stats = lookAt(clone, path);
  const mode = stats?.mode ?? 0;
  if (process.platform === 'win32' || isExecutable(stats) === shouldExecute) return false;
  // Everybody who may read the file may run it.
  chmodSync(hostPath(clone, path), shouldExecute ? mode | ((mode & 0o444) >> 2) : mode & ~0o111);
  return true;
}

function removalsFirst(changes: readonly Change[]): Change[] {
  return [...changes.filter(({ to }) => to === undefined), ...changes.filter(({ to }) => to !== undefined)];
}

/** The differences between two commits or trees, of files of the vault. */
export async function changesBetween(clone: Clone, from: string | undefined, to: string): Promise<Change[]> {
  return vaultChanges(await differencesBetween(clone, from, to));
}

function gitlinksAmong(differences: readonly Change[]): string[] {
  return differences.filter(({ to }) => to?.mode === GITLINK).map(({ path }) => path);
}

/** A gitlink counts as no file: nothing is on the disk for it. */
function vaultChanges(differences: readonly Change[]): Change[] {
  const file = (version: Version | undefined): Version | undefined =>
    version?.mode === GITLINK ? undefined : version;
  return differences
    .map(({ path, from, to }) => ({ path, from: file(from), to: file(to) }))
    .filter(({ path, from, to }) => isVaultPath(path) && (from !== undefined || to !== undefined));
}

async function differencesBetween({ git }: Clone, from: string | undefined, to: string): Promise<Change[]> {
  if (from !== undefined)
    return parseDiff(
      (await git.run(['diff-tree', '-r', '-z', '--raw', '--no-renames', from, to])).toString(),
    );
  return (await listTree(git, to)).map(({ path, ...version }) => ({
    path: path as BackendPath,
    from: undefined,
    to: version,
  }));
}

function parseDiff(output: string): Change[] {
  const changes: Change[] = [];
  const fields = output.split('\0');
  for (let index = 0; index + 1 < fields.length; index += 2) {
    const [, oldMode, newMode, oldOid, newOid] = /^:(\d+) (\d+) ([0-9a-f]+) ([0-9a-f]+) /.exec(
      fields[index]!,
    )!;
    const version = (mode: string, oid: string): Version | undefined =>
      Number(mode) === 0 ? undefined : { mode, oid };
    changes.push({
      path: fields[index + 1]! as BackendPath,
      from: version(oldMode!, oldOid!),
      to: version(newMode!, newOid!),
    });
  }
  return changes;
}

/** A check-out that is under way, kept on disk until it is done. */
interface Note {
  /** `null` where there was no commit. */
  readonly from: string | null;
  readonly to: string;
}

/** The note of the check-out that is under way. */
export function checkOutNote({ stateDirectory }: Pick<Clone, 'stateDirectory'>): StateFile<Note> {
  return new StateFile(`${stateDirectory}/checkout`);
}
