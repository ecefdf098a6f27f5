import type { Listing } from '../listing/listing.ts';
import type { Call } from '../service/call.ts';
import type { Keys } from '../vault/keys.ts';

/** The result of checking every key. */
export interface VaultCheck {
  /** Keys that are paths of files. */
  readonly files: number;
  /** Problems in sentences; empty where there is none. */
  readonly problems: readonly string[];
}

/** Checks every key: finds paths that are both file and directory, and keys that no path can name. */
export async function checkKeys(listing: Listing, keys: Keys, call: Call): Promise<VaultCheck> {
  const problems: string[] = [];
  let files = 0;
  const seen = new Set<string>();
  const told = new Set<string>();
  for await (const page of listing.pages('', { call })) {
    for (const { path: shown } of page) {
      const key = keys.prefix + shown;
      if (keys.isState(key) || shown.endsWith('/')) continue;
      if (keys.pathOf(key) === undefined) {
        problems.push(`No path can name the key ${JSON.stringify(key)}: rename it with another tool`);
        continue;
      }
      files++;
      seen.add(shown);
      for (let at = shown.indexOf('/'); at > 0; at = shown.indexOf('/', at + 1)) {
        const parent = shown.slice(0, at);
        if (!seen.has(parent) || told.has(parent)) continue;
        told.add(parent);
        problems.push(
          `${JSON.stringify(parent)} is a file, and files lie below it, which are not shown: move the file, and they are`,
        );
      }
    }
  }
  return { files, problems };
}
