/**
 * Refuses an unknown name: a test that mistypes one would wait for a fault that never comes.
 *
 * @throws `TypeError`
 */
export function assertKnown(what: string, names: Iterable<string>, known: readonly string[]): void {
  for (const name of names) {
    if (known.includes(name)) continue;
    throw new TypeError(`There is no ${what} ${JSON.stringify(name)}; there are ${known.join(', ')}`);
  }
}
