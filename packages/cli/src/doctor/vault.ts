import { isSyncFileBackend, type OperationOptions } from '@f9/core';
import { complaintOf } from '../terminal/errors.ts';
import { formatCount, plural } from '../terminal/text.ts';
import { canDo } from '../vaults/git-only.ts';
import type { Place } from '../vaults/vaults.ts';
import type { Finding } from './finding.ts';
import { examineLeftovers } from './leftovers.ts';

/**
 * Checks a vault: whether it answers, is held by somebody, follows its remote, and has conflicts, files that search does not find, or
 * leftovers.
 */
export async function examineVault(
  place: Place,
  { tidy, ...options }: OperationOptions & { readonly tidy: boolean },
): Promise<Finding[]> {
  const name = place.nameOf('/');
  const findings = [await examineAnswer(place, name, options)];
  if (findings[0]!.status === 'failure') return findings;
  const lock = await examineLock(place, name, options);
  return [
    ...findings,
    lock,
    // The question would wait for whoever holds the vault.
    ...(lock.status === 'ok' ? await examineRemote(place, name, options) : []),
    ...(await examineConflicts(place, name, options)),
    ...(await examineSearch(place, name, options)),
    ...(await examineLeftovers(place.backend, name, { ...options, tidy }).catch((error: unknown) => [
      failed(`${name} is tidy`, error, options),
    ])),
    ...(await examineFile(place, name, options)),
    ...(await examineBucket(place, name, options)),
    ...(await examineDatabase(place, name, options)),
  ];
}

async function examineAnswer({ backend }: Place, name: string, options: OperationOptions): Promise<Finding> {
  const check = `${name} answers`;
  const startedAt = performance.now();
  try {
    let entries = 0;
    for await (const _ of backend.list('/', options)) entries++;
    const milliseconds = formatCount(Math.round(performance.now() - startedAt));
    const found = `${plural(entries, 'entry', 'entries')} at its root, in ${milliseconds} ms (${backend.name})`;
    return { check, status: 'ok', found };
  } catch (error) {
    return failed(check, error, options);
  }
}

async function examineLock({ backend }: Place, name: string, options: OperationOptions): Promise<Finding> {
  const check = `${name} is free`;
  try {
    await backend.syncSession(async () => undefined, { ...options, timeout: 0, pull: false, push: false });
    return { check, status: 'ok', found: 'nobody holds its session' };
  } catch (error) {
    const finding = failed(check, error, options);
    return complaintOf(error).code === 'LOCK_TIMEOUT'
      ? { ...finding, status: 'warning', advice: 'wait for whoever holds it, or end that process' }
      : finding;
  }
}

/** Checks that the remote answers, and goes on from what is here. */
async function examineRemote(
  { backend }: Place,
  name: string,
  options: OperationOptions,
): Promise<Finding[]> {
  if (!canDo(backend, 'commitsBehind')) return [];
  const check = `${name} follows its remote`;
  try {
    const behind = await backend.commitsBehind(options);
    if (behind === 0) return [{ check, status: 'ok', found: 'nothing there that is not here' }];
    const found = `${plural(behind, 'commit')} there that ${behind === 1 ? 'is' : 'are'} not here`;
    return [{ check, status: 'warning', found, advice: `f9 pull ${name}` }];
  } catch (error) {
    return [failed(check, error, options)];
  }
}

async function examineConflicts(
  { backend }: Place,
  name: string,
  options: OperationOptions,
): Promise<Finding[]> {
  if (!isSyncFileBackend(backend)) return [];
  const check = `${name} is settled`;
  try {
    const { length } = await backend.conflictReport(options);
    if (length === 0) return [{ check, status: 'ok', found: 'no conflict' }];
    return [{ check, status: 'warning', found: plural(length, 'conflict'), advice: `f9 conflicts ${name}` }];
  } catch (error) {
    return [failed(check, error, options)];
  }
}

/** Most files that are named. */
const NAMED = 3;

async function examineSearch(
  { backend, nameOf }: Place,
  name: string,
  options: OperationOptions,
): Promise<Finding[]> {
  if (!backend.capabilities.search) return [];
  const check = `${name} can be searched`;
  try {
    const unfound: string[] = [];
    let files = 0;
    for await (const { isDir, path, searchable } of backend.list('/', { ...options, recursive: true })) {
      if (isDir) continue;
      files++;
      if (searchable === false) unfound.push(nameOf(path));
    }
    if (unfound.length === 0) return [{ check, status: 'ok', found: `all ${plural(files, 'file')}` }];
    const more = unfound.length > NAMED ? ', …' : '';
    const found = `${plural(unfound.length, 'file')} of ${formatCount(files)} kept exactly and not found by search: ${unfound.slice(0, NAMED).join(', ')}${more}`;
    return [
      { check, status: 'warning', found, advice: 'the service takes no text from them; nothing is lost' },
    ];
  } catch (error) {
    return [failed(check, error, options)];
  }
}

/** Checks that a vault in a file is whole, and tells what its search does not know yet. */
async function examineFile({ backend }: Place, name: string, options: OperationOptions): Promise<Finding[]> {
  if (backend.name !== 'sqlite') return [];
  const { SqliteFileBackend } = await import('@f9/sqlite');
  if (!(backend instanceof SqliteFileBackend)) return [];
  const check = `${name} is whole`;
  try {
    const { problems, files, notIndexed } = await backend.check(options);
    const whole: Finding =
      problems.length === 0
        ? { check, status: 'ok', found: `every page, all ${plural(files, 'file')} and their words` }
        : { check, status: 'failure', found: problems.join('; '), advice: 'mirror into a new file' };
    const pending = await backend.pendingEmbeddings();
    const waits = [
      notIndexed === 0 ? '' : `${plural(notIndexed, 'file is', 'files are')} indexed by the next search`,
      pending === 0 ? '' : `${plural(pending, 'passage waits', 'passages wait')} for a vector`,
    ].filter((text) => text !== '');
    if (waits.length === 0) return [whole];
    const found = waits.join('; ');
    return [whole, { check: `${name} is up to date`, status: 'warning', found, advice: `f9 embed ${name}` }];
  } catch (error) {
    return [failed(check, error, options)];
  }
}

function failed(check: string, error: unknown, { signal }: OperationOptions): Finding {
  signal?.throwIfAborted();
  const { message, code } = complaintOf(error);
  return { check, status: 'failure', found: `${message} (${code})` };
}

/** Tells the promises of a bucket, and checks that its keys are paths. */
async function examineBucket(
  { backend }: Place,
  name: string,
  options: OperationOptions,
): Promise<Finding[]> {
  if (backend.name !== 's3') return [];
  const { S3FileBackend } = await import('@f9/s3');
  if (!(backend instanceof S3FileBackend)) return [];
  const exact = `${name} is exact`;
  const whole = `${name} is whole`;
  try {
    const { conditionalPut, conditionalDelete } = await backend.traits(options);
    const { files, problems } = await backend.check(options);
    return [
      conditionalPut
        ? { check: exact, status: 'ok', found: conditionalDelete ? ALL_EXACT : WRITES_EXACT }
        : {
            check: exact,
            status: 'warning',
            found: NOT_EXACT,
            advice: 'let one process at a time write to it',
          },
      problems.length === 0
        ? { check: whole, status: 'ok', found: `all ${plural(files, 'file')}` }
        : {
            check: whole,
            status: 'warning',
            found: problems.slice(0, NAMED).join('; '),
            advice: 'see above',
          },
    ];
  } catch (error) {
    return [failed(whole, error, options)];
  }
}

/** Tells about the server of a vault in PostgreSQL, and checks that the vault is whole. */
async function examineDatabase(
  { backend }: Place,
  name: string,
  options: OperationOptions,
): Promise<Finding[]> {
  if (backend.name !== 'postgres') return [];
  const { PostgresFileBackend } = await import('@f9/postgres');
  if (!(backend instanceof PostgresFileBackend)) return [];
  const server = `${name} has a server`;
  const whole = `${name} is whole`;
  try {
    const { serverVersion, isStandby, isEncrypted, connections, maxConnections, files, problems } =
      await backend.check(options);
    const found = `PostgreSQL ${serverVersion}, ${connections} of ${maxConnections} connections in use, ${isEncrypted ? 'encrypted' : 'not encrypted'}`;
    return [
      isStandby
        ? {
            check: server,
            status: 'warning',
            found: `${found}; it is a standby, which only reads`,
            advice: 'write to the server that it follows',
          }
        : { check: server, status: 'ok', found },
      problems.length === 0
        ? { check: whole, status: 'ok', found: `all ${plural(files, 'file')}` }
        : {
            check: whole,
            status: 'failure',
            found: problems.slice(0, NAMED).join('; '),
            advice: 'restore a backup',
          },
    ];
  } catch (error) {
    return [failed(whole, error, options)];
  }
}

const ALL_EXACT = 'the store looks at the conditions of writes and deletions';
const WRITES_EXACT =
  'the store looks at the conditions of writes, not of deletions: what another process writes while a file is moved or pruned may be lost';
const NOT_EXACT =
  'the store ignores conditions: of two processes that write, one may lose what was acknowledged';
