import { type FileBackend, readOnly, rememberDirectories, restrict } from '@f9/core';
import { assertGuards } from './guard-options.ts';

/** Paths that no model needs, since they are git's own, with all that is in them. */
const NEVER = ['**/.git'];
const NEVER_WRITTEN = ['**/.obsidian'];

const NAMES: readonly string[] = ['readOnly', 'allow', 'deny', 'at'];

/** Limits for agents. */
export interface GuardOptions {
  /** Allow only reading. Default false. */
  readonly readOnly?: boolean;
  /** Patterns of the paths that are allowed. Default: all. */
  readonly allow?: readonly string[];
  /** Patterns of paths to hide and protect, beside `.git`. They win over `allow`. */
  readonly deny?: readonly string[];
  /** The vault's place in the tree that the patterns refer to. Default: its root. */
  readonly at?: string;
}

/** The guards among a caller's options. */
export function guardsOf(options: GuardOptions): GuardOptions {
  return Object.fromEntries(Object.entries(options).filter(([name]) => NAMES.includes(name)));
}

/** A caller's options without the guards among them. */
export function withoutGuards<Options extends GuardOptions>(
  options: Options,
): Omit<Options, keyof GuardOptions> {
  const others = Object.entries(options).filter(([name]) => !NAMES.includes(name));
  return Object.fromEntries(others) as Omit<Options, keyof GuardOptions>;
}

/**
 * A vault as far as agents may see and change it. Directories that they make exist even before a file is in them.
 *
 * @throws `INVALID_ARGUMENT` for options that would guard nothing
 */
export function guardVault(vault: FileBackend, options: GuardOptions): FileBackend {
  assertGuards('guardVault', options, NAMES);
  const { allow, deny = [], readOnly: readsOnly = false, at } = options;
  const read = { ...(allow === undefined ? {} : { allow }), deny: [...NEVER, ...deny] };
  const restricted = restrict(rememberDirectories(vault), {
    read,
    ...(at === undefined ? {} : { at }),
    write: { ...read, deny: [...read.deny, ...NEVER_WRITTEN] },
  });
  return readsOnly ? readOnly(restricted) : restricted;
}
