import { createHash, hash } from 'node:crypto';
import { type BackendPath, type ByteSource, backendError, parentPath, Slots } from '@f9/core/driver';
import { encodeCarrier } from '../bytes/carrier.ts';
import { compress } from '../bytes/compression.ts';
import { BLOB_PIECE, type ContentStore } from '../bytes/content-store.ts';
import { documentFormat, MAX_DOCUMENT } from '../bytes/documents.ts';
import { MeasuredSource } from '../bytes/measured-source.ts';
import { beginsNote, FRONTMATTER_BYTES, tagsOf } from '../bytes/note-tags.ts';
import { readPart } from '../bytes/parts.ts';
import { TextReader } from '../bytes/text-reader.ts';
import type { Admission } from '../entries/admission.ts';
import { directoryValue, inlineCapacity } from '../entries/attributes.ts';
import type { BytesForm, PartEntry, PassageEntry, PieceEntry } from '../entries/entry.ts';
import type { StoreIndex } from '../entries/store-index.ts';
import { OpenAIBackendError } from '../errors.ts';
import type { Call } from '../service/call.ts';
import { type LookPolicy, untilVisible } from '../service/patience.ts';
import type { Service } from '../service/service.ts';
import type { Attachment } from './attachment.ts';
import type { Draft, PreparedFile } from './draft.ts';
import { isBlank, type Rendition, readUpTo, renditionOf, type Start, TextGaps } from './rendition.ts';
import { TaskGroup } from './task-group.ts';
import type { Uploads } from './uploads.ts';

export interface UploadOptions extends LookPolicy {
  /** Bytes of a file in one part, and in memory at a time. */
  readonly partSize: number;
  /** Most bytes, after compression, in attributes; fewer where a long path takes their room. */
  readonly inlineLimit: number;
}

/** Parts whose content is fetched for verification at the same time. */
const VERIFIED_AT_ONCE = 2;

/** Uploads the bytes of files to the service. */
export class Uploader {
  readonly #service: Service;
  readonly #contentStore: ContentStore | undefined;
  readonly #index: StoreIndex;
  readonly #admission: Admission;
  readonly #attachment: Attachment;
  readonly #uploads: Uploads;
  readonly #options: UploadOptions;

  constructor(
    service: Service,
    contentStore: ContentStore | undefined,
    index: StoreIndex,
    admission: Admission,
    attachment: Attachment,
    uploads: Uploads,
    options: UploadOptions,
  ) {
    this.#service = service;
    this.#contentStore = contentStore;
    this.#index = index;
    this.#admission = admission;
    this.#attachment = attachment;
    this.#uploads = uploads;
    this.#options = options;
  }

  /** Uploads everything of a file and verifies it, in the form that suits it; nobody sees it until its head is attached. */
  async upload(draft: Draft, path: BackendPath, source: ByteSource, call: Call): Promise<PreparedFile> {
    this.#admission.assertOpen(path);
    const group = new TaskGroup(call.signal);
    const measured = new MeasuredSource(source, this.#pieceSize);
    const pieces = measured[Symbol.asyncIterator]();
    const texts = new TextGaps();
    try {
      const prepared = await group.run(() =>
        this.#upload(draft, path, pieces, texts, group, { ...call, signal: group.signal }),
      );
      const file = { ...prepared, writeId: draft.writeId, ...measured.result(), gap: texts.gap };
      if (file.bytes.form === 'external') await this.#contentStore!.verify({ ...file, ...file.bytes }, call);
      return file;
    } finally {
      await pieces.return(undefined);
    }
  }

  get #pieceSize(): number {
    return this.#contentStore === undefined ? this.#options.partSize : BLOB_PIECE;
  }

  async #upload(
    draft: Draft,
    path: BackendPath,
    pieces: AsyncIterator<Uint8Array<ArrayBuffer>, undefined>,
    texts: TextGaps,
    group: TaskGroup,
    call: Call,
  ): Promise<Pick<PreparedFile, 'fileId' | 'hasText' | 'tags' | 'bytes'>> {
    const first = (await pieces.next()).value ?? new Uint8Array();
    const format = documentFormat(path, first);
    const start =
      format === undefined
        ? { held: [first], isWhole: first.length < this.#pieceSize }
        : await readUpTo(MAX_DOCUMENT, first, pieces);
    const reader = format === undefined ? new TextReader(first) : undefined;
    const rendition = renditionOf(start, format ?? reader!);
    const head = await this.#uploadHead(draft, start, rendition, texts, call);
    const tags = await tagsIn(start, rendition);
    let bytes = first.length < this.#pieceSize ? await this.#inline(path, first) : undefined;
    if (bytes === undefined) {
      const all = startingWith(start.held, pieces);
      bytes = await this.#store(
        draft,
        reader === undefined ? all : this.#passages(draft, path, all, reader, texts, group, call),
        group,
        call,
      );
    }
    return { ...head, tags, bytes };
  }

  /** Uploads the head, with the document or the beginning of the text if the service takes it. */
  async #uploadHead(
    draft: Draft,
    start: Start,
    rendition: Rendition | undefined,
    texts: TextGaps,
    call: Call,
  ): Promise<Pick<PreparedFile, 'fileId' | 'hasText'>> {
    texts.add(rendition?.content);
    // The service refuses a file without words.
    if (rendition !== undefined && !isBlank(rendition.content)) {
      const isKnown = start.isWhole && this.#index.known().isRefused(sumOf(start.held));
      const fileId = isKnown ? undefined : await this.#uploads.head(draft, rendition, call);
      if (fileId !== undefined) return { fileId, hasText: true };
      texts.refused();
    }
    return { fileId: await this.#uploads.bare(draft, call), hasText: false };
  }

  async #inline(path: BackendPath, bytes: Uint8Array): Promise<BytesForm | undefined> {
    if (bytes.length === 0) return { form: 'inline', codec: 'raw', data: '' };
    const compressed = await compress(bytes);
    const data = Buffer.from(compressed.bytes).toString('base64');
    const fits = compressed.bytes.length <= this.#options.inlineLimit && data.length <= inlineCapacity(path);
    return fits ? { form: 'inline', codec: compressed.codec, data } : undefined;
  }

  async #store(
    draft: Draft,
    pieces: AsyncIterable<Uint8Array>,
    group: TaskGroup,
    call: Call,
  ): Promise<BytesForm> {
    if (this.#contentStore === undefined) return await this.#carry(draft, pieces, group, call);
    draft.hasBlob = true;
    return { form: 'external', ...(await this.#contentStore.write(draft.writeId, pieces, call)) };
  }

  /** Adds the pieces to the store as parts, and reads each one back while the next are on their way. */
  async #carry(
    draft: Draft,
    pieces: AsyncIterable<Uint8Array>,
    group: TaskGroup,
    call: Call,
  ): Promise<BytesForm> {
    const verifying = new Slots(VERIFIED_AT_ONCE);
    let number = 0;
    for await (const piece of pieces) {
      const { codec, bytes } = await compress(piece);
      const part: PartEntry = {
        kind: 'part',
        fileId: await this.#uploads.file(draft, `part${number}`, encodeCarrier(bytes), call),
        writeId: draft.writeId,
        number,
        codec,
        size: piece.length,
        carried: bytes.length,
        sha256: hash('sha256', piece),
      };
      number++;
      const added = group.start(async () => {
        const refusal = await this.#attachPiece(draft, part, call);
        if (refusal !== undefined) throw await this.#uploads.refusal(draft, refusal, call);
        await verifying.run(() => this.#verifyPart(part, call), call.signal);
      });
      // In a store that takes nothing, the first part finds that out rather than all of them.
      if (!this.#admission.isProven) await added;
    }
    return { form: 'carrier', partSize: this.#options.partSize };
  }

  async #verifyPart(part: PartEntry, call: Call): Promise<void> {
    const content = async (): Promise<string[] | undefined> => {
      try {
        return await this.#service.content(part.fileId, call);
      } catch (error) {
        throw isUnreadable(error) ? unreadable(call) : error;
      }
    };
    const pieces = await untilVisible(content, this.#options, call);
    if (pieces === undefined) throw unreadable(call);
    await readPart(part, pieces, call);
  }

  /** Passes the pieces on, and adds the text of all but the first, which is in the head, for search. */
  async *#passages(
    draft: Draft,
    path: BackendPath,
    pieces: AsyncIterable<Uint8Array>,
    reader: TextReader,
    texts: TextGaps,
    group: TaskGroup,
    call: Call,
  ): AsyncGenerator<Uint8Array> {
    let number = 0;
    for await (const piece of pieces) {
      yield piece;
      if (number > 0) {
        const text = reader.read(piece);
        texts.add(text);
        if (text !== undefined && !isBlank(text)) {
          await this.#uploadPassage(draft, path, number, text, texts, group, call);
        }
      }
      number++;
    }
  }

  async #uploadPassage(
    draft: Draft,
    path: BackendPath,
    number: number,
    text: string,
    texts: TextGaps,
    group: TaskGroup,
    call: Call,
  ): Promise<void> {
    const sum = hash('sha256', text);
    if (this.#admission.isRefused(sum)) return texts.refused();
    const passage: PassageEntry = {
      kind: 'passage',
      fileId: await this.#uploads.file(draft, `passage${number}`, text, call),
      writeId: draft.writeId,
      number,
      directory: directoryValue(parentPath(path)),
    };
    group.start(async () => {
      if ((await this.#attachPiece(draft, passage, call)) === undefined) return;
      draft.refusedSums.push(sum);
      draft.refused.push(passage.fileId);
      texts.refused();
    });
  }

  /** Adds a piece to the store; gives the error where the service will not take it. */
  async #attachPiece(draft: Draft, piece: PieceEntry, call: Call): Promise<OpenAIBackendError | undefined> {
    const attached = await this.#attachment.attach(piece, call);
    if (attached === 'vanished') {
      throw new OpenAIBackendError(
        'UNAVAILABLE',
        `Cannot write ${JSON.stringify(call.path)}: a part of it has vanished from the vector store; try again`,
      );
    }
    if (attached !== 'done') return attached.refused;
    draft.pieces.push(piece);
    return undefined;
  }
}

/** The tags of a note; `undefined` where its frontmatter may go on behind what was read. */
async function tagsIn(
  { held, isWhole }: Start,
  rendition: Rendition | undefined,
): Promise<readonly string[] | undefined> {
  const text = rendition?.content;
  if (typeof text !== 'string') return [];
  if (beginsNote(text) && !isWhole && held[0]!.length < FRONTMATTER_BYTES) return undefined;
  return await tagsOf(text);
}

function sumOf(pieces: readonly Uint8Array[]): string {
  const sum = createHash('sha256');
  for (const piece of pieces) sum.update(piece);
  return sum.digest('hex');
}

async function* startingWith(
  held: readonly Uint8Array[],
  rest: AsyncIterator<Uint8Array, undefined>,
): AsyncGenerator<Uint8Array> {
  yield* held;
  for (let next = await rest.next(); next.value !== undefined; next = await rest.next()) yield next.value;
}

/** Whether a service does not give files back, by the status of its answer. */
function isUnreadable(error: unknown): boolean {
  return (
    error instanceof OpenAIBackendError &&
    error.status !== undefined &&
    [400, 405, 501].includes(error.status)
  );
}

function unreadable({ path }: Call): Error {
  return backendError(
    'UNSUPPORTED',
    `Cannot write ${JSON.stringify(path)}: this service does not give back what is in its vector stores; keep the bytes elsewhere (contentStore)`,
  );
}
