import { type FileBackend, isSyncFileBackend, type SyncFileBackend } from '@f9/core';
import { backendError } from '@f9/core/driver';
import { assertGuards } from './guard-options.ts';
import { type GuardOptions, guardsOf, guardVault } from './guard-vault.ts';
import { bounded } from './tools/bounds.ts';
import { changesTool } from './tools/changes.ts';
import { historyTools } from './tools/history.ts';
import { listingTools } from './tools/listing.ts';
import { noteTools } from './tools/notes.ts';
import { pathFrom } from './tools/paths.ts';
import { readingTools } from './tools/reading.ts';
import { searchingTools } from './tools/searching.ts';
import { syncingTools } from './tools/syncing.ts';
import type { VaultTool, Workplace } from './tools/tool.ts';
import { writingTools } from './tools/writing.ts';

const DEFAULT_MAX_BYTES = 100_000;
const DEFAULT_MAX_MEDIA_BYTES = 4 * 1024 * 1024;

/** Options of every adapter; `approve` names the calls that a person has to approve. */
const NAMES = [
  'readOnly',
  'allow',
  'deny',
  'tools',
  'maxBytes',
  'maxMediaBytes',
  'hostRoots',
  'parts',
  'approve',
];

/** The tools to give, and their limits. */
export interface VaultToolsOptions extends Omit<GuardOptions, 'at'> {
  /** Names of the tools. Default: all that the vault can serve. */
  readonly tools?: readonly string[];
  /** Most bytes of text in one answer. Default 100,000. */
  readonly maxBytes?: number;
  /** Most bytes of base64 in one answer. Default 4 MiB. */
  readonly maxMediaBytes?: number;
  /** Absolute directories of this machine, with their paths in the vault, for clients that send such paths. */
  readonly hostRoots?: ReadonlyMap<string, string>;
  /** The vaults in the mount `vault`, by name, for tools on whole vaults: sync, conflicts, mirror. */
  readonly parts?: Readonly<Record<string, FileBackend>>;
}

/**
 * Tools with which an agent works in a vault: the same for every framework, and for `@f9/mcp`.
 *
 * @throws `INVALID_ARGUMENT` for an unknown option or tool
 */
export function vaultTools(vault: FileBackend, options: VaultToolsOptions = {}): VaultTool[] {
  assertGuards('vaultTools', options, NAMES);
  const {
    readOnly: readsOnly = false,
    tools: wanted,
    maxBytes = DEFAULT_MAX_BYTES,
    maxMediaBytes = DEFAULT_MAX_MEDIA_BYTES,
    hostRoots = new Map(),
    parts = {},
  } = options;
  const guards = guardsOf(options);
  const guarded = guardVault(vault, guards);
  const guardedParts = new Map(
    Object.entries(parts).map(([name, part]) => [name, guardVault(part, { ...guards, at: name })]),
  );
  const place: Workplace = {
    vault: guarded,
    remotes: remotesOf(guarded, guardedParts),
    parts: guardedParts,
    maxBytes,
    maxMediaBytes,
    pathOf: (given) => pathFrom(given, hostRoots),
  };
  const all = [
    ...listingTools(place),
    ...readingTools(place),
    ...searchingTools(place),
    ...noteTools(place),
    ...writingTools(place),
    changesTool(place),
    ...historyTools(place),
    ...syncingTools(place),
  ];
  const known = new Set(all.map(({ name }) => name));
  for (const name of wanted ?? []) if (!known.has(name)) throw unknownTool(name, known);
  const chosen = all.filter(
    ({ name, hints }) => (wanted === undefined || wanted.includes(name)) && (!readsOnly || hints.readOnly),
  );
  return chosen.map((tool) => ({
    ...tool,
    run: async (input, context) => bounded(await tool.run(input, context), maxBytes),
  }));
}

function remotesOf(
  vault: FileBackend,
  parts: ReadonlyMap<string, FileBackend>,
): Map<string, SyncFileBackend> {
  const remotes = new Map<string, SyncFileBackend>();
  if (isSyncFileBackend(vault)) remotes.set('', vault);
  for (const [name, part] of parts) if (isSyncFileBackend(part)) remotes.set(name, part);
  return remotes;
}

function unknownTool(name: string, known: ReadonlySet<string>): Error {
  return backendError(
    'INVALID_ARGUMENT',
    `There is no tool ${JSON.stringify(name)}; there are ${[...known].join(', ')}`,
  );
}
