import { randomUUID } from 'node:crypto';
import type { Call } from '../service/call.ts';
import type { ListPage } from '../service/list-page.ts';
import { sha256Of } from '../service/requests.ts';
import type { Service } from '../service/service.ts';
import type { Keys } from '../vault/keys.ts';
import type { Sum } from '../vault/sum.ts';

/** Objects of sums from which on they are joined into one. */
const MANY = 8;
/** Fewest sums that are worth an object of their own. */
const WORTH = 50;
/** Most sums of one object. */
const MOST = 20_000;

/**
 * Checksums kept beside the files, so that a listing shows which of thousands of files changed. New sums go into a new object, and no
 * object is ever changed. A sum belongs to a version, so that sums added at the same time cannot contradict each other.
 */
export class Sums {
  readonly #service: Service;
  readonly #keys: Keys;

  constructor(service: Service, keys: Keys) {
    this.#service = service;
    this.#keys = keys;
  }

  /** All kept sums, and the objects that hold them. */
  async load(call: Call): Promise<{ readonly sums: Map<string, Sum>; readonly keptIn: readonly string[] }> {
    const sums = new Map<string, Sum>();
    const keptIn: string[] = [];
    const prefix = this.#keys.ofState('sums/');
    let page: ListPage | undefined;
    do {
      page = await this.#service.list({ prefix, previous: page }, call);
      keptIn.push(...page.objects.map(({ key }) => key));
    } while (page.next !== undefined);
    for (const key of keptIn) {
      const kept = await this.#service.get(key, call);
      // Another process may have joined several objects into one.
      if (kept !== undefined) for (const [path, sum] of parse(kept.bytes)) sums.set(path, sum);
    }
    return { sums, keptIn };
  }

  /** Adds sums, if there are enough of them to be worth it. */
  async add(sums: ReadonlyMap<string, Sum>, call: Call): Promise<void> {
    if (sums.size >= WORTH) await this.#write(sums, call);
  }

  /** Joins many objects into one. @param alive the sums of files in their present version */
  async join(alive: ReadonlyMap<string, Sum>, keptIn: readonly string[], call: Call): Promise<void> {
    if (keptIn.length < MANY) return;
    await this.#write(alive, call);
    await this.#service.deleteMany(keptIn.slice(0, 1000), call);
  }

  async #write(sums: ReadonlyMap<string, Sum>, call: Call): Promise<void> {
    const all = [...sums];
    for (let at = 0; at < all.length; at += MOST) {
      const lines = all
        .slice(at, at + MOST)
        .map(([path, { etag, sha256 }]) => JSON.stringify([path, etag, sha256]));
      const body = Buffer.from(lines.join('\n'));
      const key = this.#keys.ofState(`sums/${randomUUID()}`);
      await this.#service.put({ key, body, sha256: sha256Of(body), condition: { kind: 'anything' } }, call);
    }
  }
}

/** The sums in an object; a line that cannot be read is skipped. */
function* parse(bytes: Uint8Array): Generator<[string, Sum]> {
  for (const line of Buffer.from(bytes).toString().split('\n')) {
    const match = /^(\["(?:[^"\\]|\\.)*"),"([\w.+/=-]+)","([0-9a-f]{64})"\]$/.exec(line);
    if (match === null) continue;
    const [path] = JSON.parse(`${match[1]}]`) as [string];
    yield [path, { etag: match[2]!, sha256: match[3]! }];
  }
}
