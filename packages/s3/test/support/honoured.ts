import type { Traits } from '../../src/vault/probe.ts';

// What stores honour, as the documents tell it: from the probe, never by hand.

const HEADER = [
  'store',
  'a write looks at conditions',
  'an upload in parts',
  'a copy',
  'a deletion',
  'etags stand in quotes',
  '`ifMatch`',
  '`lockScope`',
];

/** A row for each store that was probed. */
export function honouredTable(stores: readonly (readonly [name: string, traits: Traits])[]): string {
  return [line(HEADER), line(HEADER.map(() => '---')), ...stores.map((store) => honouredRow(...store))].join(
    '\n',
  );
}

export function honouredRow(name: string, traits: Traits): string {
  const { conditionalPut, conditionalComplete, conditionalCopy, conditionalDelete, quotesEtags } = traits;
  if (!conditionalPut) {
    return line([name, 'no', '', '', '', '', 'refused, unless `conditionalWrites: false`', '`process`']);
  }
  const looks = [true, conditionalComplete, conditionalCopy, conditionalDelete, quotesEtags];
  const ifMatch = conditionalDelete ? '`native`' : '`emulated`';
  return line([name, ...looks.map((isSo) => (isSo ? 'yes' : 'no')), ifMatch, '`network`']);
}

function line(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}
