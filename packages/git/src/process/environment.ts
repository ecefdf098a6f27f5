import type { Secret } from './secret.ts';

export type ConfigEntry = readonly [key: string, value: string | Secret];

export interface GitIdentity {
  readonly authorName: string;
  readonly authorEmail: string;
}

/** Configuration that overrides the remote's, the user's own and the repository's. */
const CONFIG: readonly ConfigEntry[] = [
  ['core.hooksPath', '/dev/null'],
  ['core.fsmonitor', 'false'],
  ['core.symlinks', 'false'],
  ['core.autocrlf', 'false'],
  ['core.safecrlf', 'false'],
  ['core.quotePath', 'false'],
  ['core.excludesFile', ''],
  ['core.attributesFile', ''],
  ['core.protectHFS', 'true'],
  ['core.protectNTFS', 'true'],
  ['core.fsync', 'added,reference'],
  // One flush for many objects.
  ['core.fsyncMethod', 'batch'],
  ['core.logAllRefUpdates', 'true'],
  ['commit.gpgSign', 'false'],
  ['credential.helper', ''],
  ['diff.renames', 'false'],
  ['fetch.recurseSubmodules', 'false'],
  ['gc.auto', '0'],
  ['http.followRedirects', 'false'],
  ['maintenance.auto', 'false'],
  ['merge.directoryRenames', 'false'],
  ['merge.renames', 'true'],
  ['push.followTags', 'false'],
  ['push.gpgSign', 'false'],
  ['push.recurseSubmodules', 'no'],
  ['submodule.recurse', 'false'],
];

/** Variables of the caller's environment that git gets to see; others could change results, or are none of its business. */
const PASSED_ON =
  /^(PATH|LD_LIBRARY_PATH|TMPDIR|TEMP|TMP|SystemRoot|SystemDrive|windir|ComSpec|PATHEXT|SSH_AUTH_SOCK|GIT_SSL_CAINFO|GIT_SSL_CAPATH|(https?|all|no)_proxy)$/i;

/**
 * The environment of every git in `directory`, with nothing of the user's own configuration in it.
 *
 * @param protocols what git may speak, in the form of `GIT_ALLOW_PROTOCOL`
 */
export function baseEnvironment(
  directory: string,
  { authorName, authorEmail }: GitIdentity,
  protocols: string,
): Readonly<Record<string, string>> {
  return {
    ...Object.fromEntries(
      Object.entries(process.env).flatMap(([name, value]) =>
        value !== undefined && PASSED_ON.test(name) ? [[name, value]] : [],
      ),
    ),
    LC_ALL: 'C',
    // Named rather than searched for: a broken clone inside another repository must not be taken for that one.
    GIT_DIR: `${directory}/.git`,
    GIT_WORK_TREE: directory,
    GIT_ALLOW_PROTOCOL: protocols,
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_DEFAULT_REF_FORMAT: 'files',
    GIT_LITERAL_PATHSPECS: '1',
    GIT_SSH_VARIANT: 'ssh',
    GIT_TERMINAL_PROMPT: '0',
    GIT_AUTHOR_NAME: authorName,
    GIT_AUTHOR_EMAIL: authorEmail,
    GIT_COMMITTER_NAME: authorName,
    GIT_COMMITTER_EMAIL: authorEmail,
  };
}

/** The configuration, with `more` after it, as the variables that hand it to git. */
export function configEnvironment(more: readonly ConfigEntry[] = []): Record<string, string | Secret> {
  const entries = [...CONFIG, ...more];
  const variables: Record<string, string | Secret> = { GIT_CONFIG_COUNT: String(entries.length) };
  for (const [index, [key, value]] of entries.entries()) {
    variables[`GIT_CONFIG_KEY_${index}`] = key;
    variables[`GIT_CONFIG_VALUE_${index}`] = value;
  }
  return variables;
}
