import { backendError, ServiceClock } from '@f9/core/driver';
import type OpenAI from 'openai';
import type { APIPromise } from 'openai';
import { diagnose, OpenAIBackendError } from '../errors.ts';
import type { Call } from './call.ts';
import { type ListPage, readPages } from './paging.ts';
import { type AttemptOptions, type RequestPolicy, Requests } from './requests.ts';

/** Attributes of a file in a store: 16 keys at most, strings of up to 512 characters. */
export type Attributes = Record<string, string | number | boolean>;
export type StoreFile = OpenAI.VectorStores.VectorStoreFile;
export type SearchRequest = OpenAI.VectorStores.VectorStoreSearchParams;
export type FoundFile = OpenAI.VectorStores.VectorStoreSearchResponse;

/** A page of parsed content, as the service sends it; the SDK's types lack the parts that lead to the next page. */
interface ContentPage {
  readonly data: readonly OpenAI.VectorStores.FileContentResponse[];
  readonly has_more?: boolean;
  readonly next_page?: string | null;
}

/** A file of a store, and the milliseconds after which the service wants to be asked again. */
export interface SeenFile {
  readonly file: StoreFile;
  readonly pollAfter: number | undefined;
}

/** The outcome of an upload. */
export interface Uploaded {
  readonly fileId: string;
  /** Whether the service may hold a second File of this name, which a list did not show yet. */
  readonly isDoubtful: boolean;
}

/** How a File is cut into chunks: for search, or as coarsely as possible where search must not find it. */
export type Chunking = 'searchable' | 'coarse';

const COARSE: OpenAI.VectorStores.FileChunkingStrategyParam = {
  type: 'static',
  static: { max_chunk_size_tokens: 4096, chunk_overlap_tokens: 0 },
};

/** Items on a page of a vector store's files, the most there may be. */
const PAGE = 100;
/** Files on a page of the account's Files. */
const FILES_PAGE = 1000;
/** Milliseconds by which the clocks may differ without harm. */
const NEGLIGIBLE = 250;
/** Milliseconds by which a File may seem older than the write that uploaded it. */
const CLOCK_SKEW = 3_600_000;

/** The requests to one vector store, each safe to repeat. */
export class Service {
  readonly vectorStoreId: string;
  readonly clock: ServiceClock = new ServiceClock(NEGLIGIBLE);
  readonly #client: OpenAI;
  readonly #requests: Requests;

  constructor(client: OpenAI, vectorStoreId: string, policy: Omit<RequestPolicy, 'secret'>) {
    this.vectorStoreId = vectorStoreId;
    this.#client = client;
    this.#requests = new Requests({ ...policy, secret: client.apiKey ?? undefined });
  }

  async retrieveStore(call: Call): Promise<OpenAI.VectorStore> {
    const store = await this.#sendUnlessMissing('open the vector store', call, (options) =>
      this.#heard(this.#client.vectorStores.retrieve(this.vectorStoreId, options)),
    );
    if (store !== undefined) return store;
    throw backendError(
      'NOT_FOUND',
      `There is no vector store ${this.vectorStoreId}; check vectorStoreId, and that the key belongs to the project of the store, or make one (ensureVectorStore)`,
    );
  }

  /**
   * Uploads a File under a unique name. After a lost answer a File of that name is looked for before the upload is repeated, since
   * the service itself would keep both.
   */
  async upload(name: string, content: string | Uint8Array<ArrayBuffer>, call: Call): Promise<Uploaded> {
    const begun = this.clock.now();
    let maybeThere = false;
    let isDoubtful = false;
    const fileId = await this.#send('upload the content', call, async (options) => {
      if (maybeThere) {
        const [found] = await this.#findUploads([name], begun, options);
        if (found !== undefined) return found;
        isDoubtful = true;
      }
      try {
        const type = typeof content === 'string' ? 'text/plain' : 'application/octet-stream';
        const file = new File([content], name, { type });
        const request = { file, purpose: 'assistants' } as const;
        return (await this.#heard(this.#client.files.create(request, options))).id;
      } catch (error) {
        maybeThere ||= diagnose(error).maybeDone;
        throw error;
      }
    });
    return { fileId, isDoubtful };
  }

  /** The ids of the Files that were uploaded under these names since `begun`. */
  async findUploads(names: readonly string[], begun: number, call: Call): Promise<string[]> {
    return await this.#send('look for uploads', call, (options) => this.#findUploads(names, begun, options));
  }

  /** All Files of the account with the purpose that vector stores use, newest first. */
  listUploads(call: Call): AsyncGenerator<readonly OpenAI.FileObject[]> {
    return readPages(
      (after) => this.#send('list the uploads', call, (options) => this.#uploadsPage(after, options)),
      () => stuck('list the uploads'),
    );
  }

  async deleteUpload(fileId: string, call: Call): Promise<void> {
    await this.#sendUnlessMissing('delete an upload', call, (options) =>
      this.#client.files.delete(fileId, options),
    );
  }

  async attach(fileId: string, attributes: Attributes, chunking: Chunking, call: Call): Promise<StoreFile> {
    const request = {
      file_id: fileId,
      attributes,
      ...(chunking === 'coarse' ? { chunking_strategy: COARSE } : {}),
    };
    return await this.#send('add a file to the vector store', call, (options) =>
      this.#heard(this.#client.vectorStores.files.create(this.vectorStoreId, request, options)),
    );
  }

  /** The file as the store has it now; `undefined` where the store does not know it. */
  async look(fileId: string, call: Call): Promise<SeenFile | undefined> {
    return await this.#sendUnlessMissing('look at a file of the vector store', call, async (options) => {
      const request = { vector_store_id: this.vectorStoreId };
      const { data, response } = await this.#client.vectorStores.files
        .retrieve(fileId, request, options)
        .withResponse();
      const hint = Number.parseInt(response.headers.get('openai-poll-after-ms') ?? '', 10);
      return { file: data, pollAfter: Number.isNaN(hint) ? undefined : hint };
    });
  }

  /** Replaces the attributes; `undefined` where the store does not know the file. */
  async update(fileId: string, attributes: Attributes, call: Call): Promise<StoreFile | undefined> {
    return await this.#sendUnlessMissing('change a file of the vector store', call, (options) =>
      this.#heard(
        this.#client.vectorStores.files.update(
          fileId,
          { vector_store_id: this.vectorStoreId, attributes },
          options,
        ),
      ),
    );
  }

  /** Takes a file out of the store; its File stays. */
  async detach(fileId: string, call: Call): Promise<void> {
    await this.#sendUnlessMissing('remove a file from the vector store', call, (options) =>
      this.#client.vectorStores.files.delete(fileId, { vector_store_id: this.vectorStoreId }, options),
    );
  }

  /** All files of the store, page by page. */
  list(order: 'oldest first' | 'newest first', call: Call): AsyncGenerator<readonly StoreFile[]> {
    const doing = 'list the vector store';
    return readPages(
      async (after): Promise<ListPage<StoreFile> | 'refused'> => {
        const query = {
          limit: PAGE,
          order: order === 'oldest first' ? 'asc' : 'desc',
          ...(after === undefined ? {} : { after }),
        } as const;
        try {
          return await this.#send(doing, call, (options) =>
            this.#heard(this.#client.vectorStores.files.list(this.vectorStoreId, query, options)),
          );
        } catch (error) {
          if (after !== undefined && isRefusal(error)) return 'refused';
          throw error;
        }
      },
      () => stuck(doing),
    );
  }

  /** The text that the service's parser made of a file, in pieces; `undefined` where the store does not know the file. */
  async content(fileId: string, call: Call): Promise<string[] | undefined> {
    return await this.#sendUnlessMissing('read a file of the vector store', call, async (options) => {
      const pieces: string[] = [];
      const seen = new Set<string>();
      for (let page: string | undefined; ; ) {
        const { data, has_more, next_page } = await this.#contentPage(fileId, page, options);
        for (const { text } of data) if (text !== undefined) pieces.push(text);
        if (has_more !== true || typeof next_page !== 'string') return pieces;
        if (seen.has(next_page)) throw stuck('read a file of the vector store');
        seen.add(next_page);
        page = next_page;
      }
    });
  }

  async search(request: SearchRequest, call: Call): Promise<readonly FoundFile[]> {
    const page = await this.#send('search the vector store', call, (options) =>
      this.#client.vectorStores.search(this.vectorStoreId, request, options),
    );
    return page.data;
  }

  async #findUploads(names: readonly string[], begun: number, options: AttemptOptions): Promise<string[]> {
    const wanted = new Set(names);
    const found: string[] = [];
    const pages = readPages(
      (after) => this.#uploadsPage(after, options),
      () => stuck('look for uploads'),
    );
    for await (const page of pages) {
      for (const { id, filename } of page) if (wanted.has(filename)) found.push(id);
      if (page.some(({ created_at }) => created_at * 1000 < begun - CLOCK_SKEW)) break;
    }
    return found;
  }

  async #uploadsPage(
    after: string | undefined,
    options: AttemptOptions,
  ): Promise<ListPage<OpenAI.FileObject>> {
    return await this.#client.files.list(
      { purpose: 'assistants', order: 'desc', limit: FILES_PAGE, ...(after === undefined ? {} : { after }) },
      options,
    );
  }

  async #contentPage(
    fileId: string,
    page: string | undefined,
    options: AttemptOptions,
  ): Promise<ContentPage> {
    const query = page === undefined ? {} : { query: { page } };
    const response = await this.#client.vectorStores.files
      .content(fileId, { vector_store_id: this.vectorStoreId }, { ...options, ...query })
      .asResponse();
    return (await response.json()) as ContentPage;
  }

  /** The answer, after the clock has taken in its time. */
  async #heard<T>(answer: APIPromise<T>): Promise<T> {
    const sent = Date.now();
    const { data, response } = await answer.withResponse();
    this.clock.hear(response.headers.get('date'), sent, Date.now());
    return data;
  }

  async #send<T>(
    doing: string,
    call: Call,
    request: (options: AttemptOptions) => PromiseLike<T>,
  ): Promise<T> {
    const where = call.path === undefined ? '' : ` for ${JSON.stringify(call.path)}`;
    return await this.#requests.send(`${doing}${where}`, call, request);
  }

  async #sendUnlessMissing<T>(
    doing: string,
    call: Call,
    request: (options: AttemptOptions) => PromiseLike<T>,
  ): Promise<T | undefined> {
    try {
      return await this.#send(doing, call, request);
    } catch (error) {
      if (error instanceof OpenAIBackendError && error.status === 404) return undefined;
      throw error;
    }
  }
}

function isRefusal(error: unknown): boolean {
  return error instanceof OpenAIBackendError && (error.status === 400 || error.status === 404);
}

function stuck(doing: string): OpenAIBackendError {
  return new OpenAIBackendError(
    'UNAVAILABLE',
    `Cannot ${doing}: the service says that there is more, and gives nothing new; try again`,
  );
}
