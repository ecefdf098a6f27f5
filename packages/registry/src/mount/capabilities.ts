import type { Capabilities, Support } from '@f9/core';

/** What a tree of vaults promises: what the weakest of them does, and to search what can be searched. */
export function sharedCapabilities(all: readonly Capabilities[]): Capabilities {
  const weakest = (member: 'exclusiveCreate' | 'ifMatch' | 'append' | 'move'): Support => {
    const found = all.map((each) => each[member]);
    return found.includes(false) ? false : found.includes('emulated') ? 'emulated' : 'native';
  };
  const sizes = all.map(({ maxFileSize }) => maxFileSize).filter((size) => size !== undefined);
  const [first, ...others] = all.map(({ checksums }) => checksums);
  return {
    exclusiveCreate: weakest('exclusiveCreate'),
    ifMatch: weakest('ifMatch'),
    append: weakest('append'),
    // From one vault to another a move is a copy and a deletion.
    move: all.length === 1 ? weakest('move') : 'emulated',
    search: all.some(({ search }) => search),
    symlinks: all.some(({ symlinks }) => symlinks),
    emptyDirectories: all.every(({ emptyDirectories }) => emptyDirectories),
    caseSensitive: all.every(({ caseSensitive }) => caseSensitive),
    consistency: all.every(({ consistency }) => consistency === 'strong') ? 'strong' : 'eventual',
    settleWithin: Math.max(...all.map(({ settleWithin }) => settleWithin)),
    lockScope: all.every(({ lockScope }) => lockScope === 'host') ? 'host' : 'process',
    checksums: (first ?? []).filter((algorithm) => others.every((known) => known.includes(algorithm))),
    maxFileSize: sizes.length === 0 ? undefined : Math.min(...sizes),
  };
}
