import { createHash, hash } from 'node:crypto';
import {
  type BackendPath,
  type ByteSource,
  backendError,
  chunksOf,
  parentPath,
  regroup,
} from '@f9/core/driver';
import { encodeCarrier } from '../bytes/carrier.ts';
import { compress } from '../bytes/compression.ts';
import { BLOB_PIECE, type ContentStore } from '../bytes/content-store.ts';
import { readPart } from '../bytes/parts.ts';
import { renditionOf } from '../bytes/rendition.ts';
import { assertPathFits, directoryValue, inlineCapacity } from '../entries/attributes.ts';
import type { BytesForm, PartEntry, PassageEntry, PieceEntry } from '../entries/entry.ts';
import { type Role, uploadName } from '../entries/upload-name.ts';
import { OpenAIBackendError } from '../errors.ts';
import type { Call } from '../service/call.ts';
import { type LookPolicy, untilVisible } from '../service/patience.ts';
import type { Service } from '../service/service.ts';
import { Slots } from '../slots.ts';
import type { Attachment } from './attachment.ts';
import type { Draft, PreparedFile } from './draft.ts';
import { TaskGroup } from './task-group.ts';

export interface UploadOptions extends LookPolicy {
  /** Bytes of a file in one part, and in memory at a time. */
  readonly partSize: number;
  /** Bytes, after compression, that go into the attributes; fewer where a long path takes their place. */
  readonly inlineLimit: number;
}

/** Parts whose content is fetched for verification at the same time. */
const VERIFIED_AT_ONCE = 2;

/** Brings the bytes of files into the service. */
export class Uploader {
  readonly #service: Service;
  readonly #attachment: Attachment;
  readonly #contentStore: ContentStore | undefined;
  readonly #options: UploadOptions;

  constructor(
    service: Service,
    attachment: Attachment,
    contentStore: ContentStore | undefined,
    options: UploadOptions,
  ) {
    this.#service = service;
    this.#attachment = attachment;
    this.#contentStore = contentStore;
    this.#options = options;
  }

  /** Uploads everything of a file and verifies it, in the form that suits it; nobody sees it until its head is attached. */
  async upload(draft: Draft, path: BackendPath, source: ByteSource, call: Call): Promise<PreparedFile> {
    assertPathFits(path);
    const group = new TaskGroup(call.signal);
    return await group.run(() => this.#upload(draft, path, source, group, { ...call, signal: group.signal }));
  }

  /** Uploads the File of an entry without content: a directory. */
  async uploadHead(draft: Draft, text: string | undefined, call: Call): Promise<string> {
    // The service refuses empty files.
    return await this.#uploadText(draft, 'head', text ?? `f9 ${draft.writeId}\n`, call);
  }

  async #upload(
    draft: Draft,
    path: BackendPath,
    source: ByteSource,
    group: TaskGroup,
    call: Call,
  ): Promise<PreparedFile> {
    const pieceSize = this.#contentStore === undefined ? this.#options.partSize : BLOB_PIECE;
    const measured = new Measured(source, pieceSize);
    const pieces = measured[Symbol.asyncIterator]();
    try {
      const first = (await pieces.next()).value ?? new Uint8Array();
      const text = renditionOf(first);
      const fileId = await this.uploadHead(draft, text, call);
      let bytes = first.length < pieceSize ? await this.#inline(path, first) : undefined;
      if (bytes === undefined) {
        const withPassages = this.#passages(draft, path, startingWith(first, pieces), group, call);
        bytes = await this.#store(draft, withPassages, group, call);
      }
      const file = {
        fileId,
        writeId: draft.writeId,
        ...measured.result(),
        hasText: text !== undefined,
        bytes,
      };
      if (bytes.form === 'external') await this.#contentStore!.verify({ ...file, ...bytes }, call);
      return file;
    } finally {
      await pieces.return(undefined);
    }
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
        fileId: await this.#uploadText(draft, `part${number}`, encodeCarrier(bytes), call),
        writeId: draft.writeId,
        number,
        codec,
        size: piece.length,
        carried: bytes.length,
        sha256: hash('sha256', piece),
      };
      number++;
      group.start(async () => {
        await this.#attachPiece(draft, part, call);
        await verifying.run(() => this.#verifyPart(part, call), call.signal);
      });
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

  /** Gives on the pieces, and adds the text of all but the first, which the head holds, for search. */
  async *#passages(
    draft: Draft,
    path: BackendPath,
    pieces: AsyncIterable<Uint8Array>,
    group: TaskGroup,
    call: Call,
  ): AsyncGenerator<Uint8Array> {
    let number = 0;
    for await (const piece of pieces) {
      yield piece;
      const text = number === 0 ? undefined : renditionOf(piece);
      if (text !== undefined) {
        const passage: PassageEntry = {
          kind: 'passage',
          fileId: await this.#uploadText(draft, `passage${number}`, text, call),
          writeId: draft.writeId,
          number,
          directory: directoryValue(parentPath(path)),
        };
        group.start(() => this.#attachPiece(draft, passage, call));
      }
      number++;
    }
  }

  async #attachPiece(draft: Draft, piece: PieceEntry, call: Call): Promise<void> {
    draft.pieces.push(piece);
    if (await this.#attachment.attach(piece, call)) return;
    throw new OpenAIBackendError(
      'UNAVAILABLE',
      `Cannot write ${JSON.stringify(call.path)}: a part of it has vanished from the vector store; try again`,
    );
  }

  async #uploadText(draft: Draft, role: Role, text: string, call: Call): Promise<string> {
    const name = uploadName(this.#service.vectorStoreId, draft.writeId, role);
    draft.names.push(name);
    const { fileId, isDoubtful } = await this.#service.upload(name, text, call);
    draft.fileIds.push(fileId);
    draft.isDoubtful ||= isDoubtful;
    return fileId;
  }
}

/** The pieces of a source, each a copy, so that the caller's buffers stay the caller's; and what they come to. */
class Measured {
  readonly #source: ByteSource;
  readonly #pieceSize: number;
  readonly #hash = createHash('sha256');
  #size = 0;

  constructor(source: ByteSource, pieceSize: number) {
    this.#source = source;
    this.#pieceSize = pieceSize;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, undefined, undefined> {
    for await (const view of regroup(chunksOf(this.#source), this.#pieceSize)) {
      const piece = view.slice();
      this.#hash.update(piece);
      this.#size += piece.length;
      yield piece;
    }
  }

  /** Once it was read to its end. */
  result(): { readonly size: number; readonly sha256: string } {
    return { size: this.#size, sha256: this.#hash.digest('hex') };
  }
}

async function* startingWith(first: Uint8Array, rest: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield first;
  yield* rest;
}

/** Statuses of services that do not give files back. */
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
