import { randomUUID } from 'node:crypto';
import process from 'node:process';
import { backendError, pause } from '@f9/core/driver';
import type OpenAI from 'openai';
import { diagnose, OpenAIBackendError } from '../errors.ts';
import { assertOptionNames, resolveOptions } from '../options.ts';
import type { Call } from './call.ts';
import { CLIENT_OPTIONS, type ClientOptions, clientOf } from './client.ts';
import { readPages } from './paging.ts';
import { type AttemptOptions, Requests } from './requests.ts';

/** The name of a new vector store, and the way to reach the service. */
export interface VectorStoreOptions extends ClientOptions {
  /** The name, as OpenAI's dashboard shows it. */
  readonly name: string;
  /** Ends the call. */
  readonly signal?: AbortSignal | undefined;
}

const PAGE = 100;
/** Milliseconds between looks at stores that were just made. */
const BETWEEN_LOOKS = 200;
/** Looks until a store that was made must be listed, and its second be over. */
const MAX_LOOKS = 20;
/** The key under which a store remembers the call that made it. */
const MADE_BY = 'f9';

/** Makes a new vector store, one that never expires, and gives its id. */
export async function createVectorStore(options: VectorStoreOptions): Promise<string> {
  return await new VectorStores(options).create(options);
}

/**
 * The id of the oldest vector store of this name; makes one where there is none, and only one among callers who do so at the same
 * time.
 */
export async function ensureVectorStore(options: VectorStoreOptions): Promise<string> {
  return await new VectorStores(options).ensure(options);
}

/** The stores of a name, as one look showed them. */
interface Look {
  readonly oldest: OpenAI.VectorStore | undefined;
  /** Whether another store of that name may still appear that counts as older. */
  readonly mayChange: boolean;
}

class VectorStores {
  readonly #client: OpenAI;
  readonly #requests: Requests;

  constructor(options: VectorStoreOptions) {
    assertOptionNames(options, ['name', ...CLIENT_OPTIONS]);
    this.#client = clientOf(options);
    this.#requests = new Requests({ ...resolveOptions({}), secret: this.#client.apiKey ?? undefined });
  }

  async ensure({ name, signal }: VectorStoreOptions): Promise<string> {
    assertName(name);
    let made: string | undefined;
    for (let looks = 1; ; looks++) {
      const { oldest, mayChange } = await this.#look(name, { signal });
      const isLast = looks >= MAX_LOOKS;
      // Where answers are dated by another clock, that second may be far from over.
      if (oldest !== undefined && (!mayChange || isLast)) {
        if (made !== undefined && made !== oldest.id) await this.#remove(made, { signal });
        return oldest.id;
      }
      if (oldest === undefined) {
        if (made === undefined) made = await this.create({ name, signal });
        // A list may not show the store yet.
        else if (isLast) return made;
      }
      await pause(BETWEEN_LOOKS, signal);
    }
  }

  /** Makes a store. If an answer is lost, the store is looked for before another one is made. */
  async create({ name, signal }: VectorStoreOptions): Promise<string> {
    assertName(name);
    const madeBy = randomUUID();
    let maybeThere = false;
    return await this.#requests.send('create a vector store', { signal }, async (options) => {
      const made = maybeThere
        ? await this.#find('desc', ({ metadata }) => metadata?.[MADE_BY] === madeBy, options)
        : undefined;
      if (made !== undefined) return made.id;
      try {
        return (await this.#client.vectorStores.create({ name, metadata: { [MADE_BY]: madeBy } }, options))
          .id;
      } catch (error) {
        maybeThere ||= diagnose(error).maybeDone;
        throw error;
      }
    });
  }

  /**
   * One look at the stores of a name. Those of one second are ordered by their ids, so the oldest is known only once its second is
   * over by the service's own clock.
   */
  async #look(name: string, call: Call): Promise<Look> {
    return await this.#requests.send('list the vector stores', call, async (options) => {
      let now = '';
      const fits = (store: OpenAI.VectorStore): boolean => store.name === name && store.status !== 'expired';
      const oldest = await this.#find('asc', fits, options, (date) => {
        now = date;
      });
      const second = Date.parse(now) / 1000;
      const mayChange = oldest !== undefined && oldest.created_at >= second;
      return { oldest, mayChange };
    });
  }

  async #remove(id: string, call: Call): Promise<void> {
    await this.#requests.send('delete a vector store', call, async (options) => {
      try {
        await this.#client.vectorStores.delete(id, options);
      } catch (error) {
        if (diagnose(error).status !== 404) throw error;
      }
    });
  }

  /** Finds stores. @param hear gets the date of each answer */
  async #find(
    order: 'asc' | 'desc',
    fits: (store: OpenAI.VectorStore) => boolean,
    options: AttemptOptions,
    hear?: (date: string) => void,
  ): Promise<OpenAI.VectorStore | undefined> {
    const pages = readPages(
      async (after) => {
        const query = { order, limit: PAGE, ...(after === undefined ? {} : { after }) };
        const { data, response } = await this.#client.vectorStores.list(query, options).withResponse();
        hear?.(response.headers.get('date') ?? '');
        return data;
      },
      () => new OpenAIBackendError('UNAVAILABLE', 'The list of the vector stores does not end; try again'),
    );
    for await (const page of pages) {
      const found = page.find(fits);
      if (found !== undefined) return found;
    }
    return undefined;
  }
}

/** @throws `UNAVAILABLE` where the store, with all that was in it, has expired */
export function assertUsable({ id, status }: OpenAI.VectorStore): void {
  if (status !== 'expired') return;
  throw new OpenAIBackendError(
    'UNAVAILABLE',
    `The vector store ${id} has expired, and with it all files in it; make a new one that does not expire (createVectorStore)`,
    { retryable: false },
  );
}

/** Warns, once per process and store, of a store that will expire with all that is in it. */
export function warnIfItExpires({ id, expires_after, expires_at }: OpenAI.VectorStore): void {
  if (expires_after == null && expires_at == null) return;
  if (warned.has(id)) return;
  warned.add(id);
  const when = expires_at == null ? '' : `, now on ${new Date(expires_at * 1000).toISOString()}`;
  const unless = expires_after == null ? '' : ` when it was not used for ${expires_after.days} days`;
  process.emitWarning(
    `The vector store ${id} expires${unless}${when}, and with it all files in it. Remove its expires_after, or keep a copy elsewhere.`,
    { type: 'F9Warning', code: 'F9_VECTOR_STORE_EXPIRES' },
  );
}

const warned = new Set<string>();

function assertName(name: string): void {
  if (typeof name === 'string' && name.trim() !== '') return;
  throw backendError('INVALID_ARGUMENT', 'A vector store needs a name: a string that is not blank');
}
