import type { Capabilities, Support } from '@f9/core';

/** Levels of a promise, the weakest first. */
const LEVELS = [false, 'emulated', 'host', 'native'] as const;
const SCOPES = ['process', 'host', 'network'] as const;

/** The promises of a tree of vaults, each as weak as its weakest vault makes it; but it can be searched where one of them can. */
export function sharedCapabilities(all: readonly Capabilities[]): Capabilities {
  const weakest = (member: 'exclusiveCreate' | 'ifMatch' | 'append' | 'move'): Support => {
    const found = all.map((each) => each[member]);
    return LEVELS.find((level) => found.includes(level)) ?? 'native';
  };
  const sizes = all.map(({ maxFileSize }) => maxFileSize).filter((size) => size !== undefined);
  const [first, ...others] = all.map(({ checksums }) => checksums);
  return {
    exclusiveCreate: weakest('exclusiveCreate'),
    ifMatch: weakest('ifMatch'),
    append: weakest('append'),
    // A move from one vault to another is a copy and a deletion.
    move: all.length === 1 ? weakest('move') : 'emulated',
    search: all.some(({ search }) => search),
    symlinks: all.some(({ symlinks }) => symlinks),
    emptyDirectories: all.every(({ emptyDirectories }) => emptyDirectories),
    caseSensitive: all.every(({ caseSensitive }) => caseSensitive),
    consistency: all.every(({ consistency }) => consistency === 'strong') ? 'strong' : 'eventual',
    settleWithin: Math.max(...all.map(({ settleWithin }) => settleWithin)),
    lockScope: SCOPES.find((scope) => all.some(({ lockScope }) => lockScope === scope)) ?? 'process',
    // Each vault publishes its own part.
    transactional: all.length === 1 && all.every(({ transactional }) => transactional),
    versions: all.some(({ versions }) => versions),
    watch: all.every(({ watch }) => watch === 'native') ? 'native' : 'polled',
    changes: all.every(({ changes }) => changes),
    checksums: (first ?? []).filter((algorithm) => others.every((known) => known.includes(algorithm))),
    maxFileSize: sizes.length === 0 ? undefined : Math.min(...sizes),
  };
}
