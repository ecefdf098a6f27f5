import type { Capabilities, FileBackend } from '@f9/core';
import { table } from './markers.ts';

/** What each backend says of itself, side by side. */
export function capabilitiesTable(backends: Readonly<Record<string, FileBackend>>): string {
  const all = Object.entries(backends);
  const rows = ROWS.map(([what, show]) => [what, ...all.map(([, { capabilities }]) => show(capabilities))]);
  return table(['', ...all.map(([name]) => name)], rows);
}

const ROWS: readonly (readonly [what: string, show: (capabilities: Capabilities) => string])[] = [
  ['racing creates have one winner', ({ exclusiveCreate }) => support(exclusiveCreate)],
  ['write only if unchanged (`ifMatch`)', ({ ifMatch }) => support(ifMatch)],
  ['append', ({ append }) => support(append)],
  ['move', ({ move }) => support(move)],
  ['search', ({ search }) => (search ? 'yes' : 'no')],
  ['empty directories are kept', ({ emptyDirectories }) => (emptyDirectories ? 'yes' : 'no')],
  [
    'what was written is seen',
    ({ consistency, settleWithin }) =>
      consistency === 'strong' ? 'at once' : `elsewhere within ${settleWithin / 1000} s`,
  ],
  ['a session excludes', ({ lockScope }) => HELD[lockScope]],
  ['a session is published as a whole, or not at all', ({ transactional }) => (transactional ? 'yes' : 'no')],
  ['older versions of files', ({ versions }) => (versions ? 'yes' : 'no')],
  [
    'checksums known without reading',
    ({ checksums }) => (checksums.length === 0 ? '-' : checksums.join(', ')),
  ],
];

const HELD: Readonly<Record<Capabilities['lockScope'], string>> = {
  process: 'this process',
  host: 'every process on the host',
  network: 'every process on every host',
};

function support(value: Capabilities['ifMatch']): string {
  if (value === 'native') return 'yes';
  if (value === 'host') return 'between all processes of a host';
  return value === 'emulated' ? 'within a process' : 'no';
}
