import { createHash, randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { backendError, type ReadRange } from '@f9/core/driver';
import type { Call } from './call.ts';
import type { Body } from './exchange.ts';
import { type ListPage, listPageOf } from './list-page.ts';
import type { Requests, S3Answer, S3Request } from './requests.ts';
import { escapeXml, fitsXml, parseAnswer } from './xml.ts';

/** An object as the server describes it. */
export interface ObjectHead {
  /** Without quotes. */
  readonly etag: string;
  readonly size: number;
  readonly modifiedAt: Date | undefined;
  /** Lower-case hex, where f9 wrote it in one piece. */
  readonly sha256: string | undefined;
  /** Of the write that made it. */
  readonly writeId: string | undefined;
}

/** What a write expects to find. */
export type Condition =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'version'; readonly etag: string }
  | { readonly kind: 'anything' };

/** Object that is written. */
export interface Put {
  readonly key: string;
  readonly body: Body;
  /** Lower-case hex of the body. */
  readonly sha256: string;
  /** Base64 of the body's MD5, needed where the call expires: such a signature does not cover the body. */
  readonly md5?: string | undefined;
  readonly condition: Condition;
  readonly contentType?: string | undefined;
}

/** One part of an upload in parts. */
export interface Part {
  readonly number: number;
  readonly etag: string;
}

/** An upload in parts that is under way. */
export interface Upload {
  readonly key: string;
  readonly id: string;
  readonly writeId: string;
}

const SHA256 = 'x-amz-meta-f9-sha256';
const WRITE_ID = 'x-amz-meta-f9-write';

/** Objects that one request deletes. */
export const DELETED_AT_ONCE = 1000;

/** The requests that f9 makes of a bucket. */
export class Service {
  readonly requests: Requests;
  /** How the server wants the etag of a condition: some compare it with its quotes, some without. */
  quotesEtags = true;

  constructor(requests: Requests) {
    this.requests = requests;
  }

  async head(key: string, call: Call): Promise<ObjectHead | undefined> {
    const answer = await this.requests.send({ doing: 'look at', method: 'HEAD', key, expected: [404] }, call);
    return answer.status === 404 ? undefined : headOf(answer.headers);
  }

  /** The whole object; `undefined` where there is none. */
  async get(
    key: string,
    call: Call,
  ): Promise<{ readonly head: ObjectHead; readonly bytes: Uint8Array } | undefined> {
    const { status, headers, bytes } = await this.requests.send(
      { doing: 'read', method: 'GET', key, expected: [404] },
      call,
    );
    return status === 404 ? undefined : { head: headOf(headers), bytes };
  }

  /**
   * Begins to read. The answer is of status 206 or 200, 404 where there is nothing, 412 where it is no longer `etag`, 416 where the range
   * begins past its end.
   */
  async open(
    key: string,
    { offset = 0, length }: ReadRange,
    etag: string | undefined,
    call: Call,
  ): Promise<IncomingMessage> {
    const isWhole = offset === 0 && length === undefined;
    const end = length === undefined ? '' : String(offset + length - 1);
    const headers = {
      ...(isWhole ? {} : { range: `bytes=${offset}-${end}` }),
      ...(etag === undefined ? {} : { 'if-match': this.#quoted(etag) }),
    };
    return await this.requests.open(
      { doing: 'read', method: 'GET', key, headers, expected: [404, 412, 416] },
      call,
    );
  }

  /** Writes an object in one piece; `undefined` where what is there is not what was expected. */
  async put(
    { key, body, sha256, md5, condition, contentType }: Put,
    call: Call,
  ): Promise<ObjectHead | undefined> {
    const writeId = randomUUID();
    const answer = await this.requests.send(
      {
        doing: 'write',
        method: 'PUT',
        key,
        body,
        sha256,
        headers: {
          ...this.#conditions(condition),
          ...(contentType === undefined ? {} : { 'content-type': contentType }),
          ...(md5 === undefined ? {} : { 'content-md5': md5 }),
          [SHA256]: sha256,
          [WRITE_ID]: writeId,
        },
        expected: [404, 412],
        look: () => this.#lookFor(key, writeId, call),
      },
      call,
    );
    return await this.#written(answer, { key, writeId, condition, size: body.length, sha256 }, call);
  }

  /** Copies an object within the bucket, if it still is what was seen; `undefined` where the target is not what was expected. */
  async copy(
    from: string,
    seen: ObjectHead,
    to: string,
    condition: Condition,
    call: Call,
  ): Promise<ObjectHead | 'source changed' | undefined> {
    const writeId = randomUUID();
    const { bucket } = this.requests;
    const source = `${bucket}/${from}`.split('/').map(encodeURIComponent).join('/');
    const request: S3Request = {
      doing: 'copy to',
      method: 'PUT',
      key: to,
      headers: {
        ...this.#conditions(condition),
        'x-amz-copy-source': `/${source}`,
        'x-amz-copy-source-if-match': this.#quoted(seen.etag),
        'x-amz-metadata-directive': 'REPLACE',
        ...(seen.sha256 === undefined ? {} : { [SHA256]: seen.sha256 }),
        [WRITE_ID]: writeId,
      },
      expected: [404, 412],
      isWhole: (text) => parseAnswer(text)?.name === 'CopyObjectResult',
      look: () => this.#lookFor(to, writeId, call),
    };
    const answer = await this.requests.send(request, call);
    if (answer.status === 404 || answer.status === 412) {
      const now = await this.head(from, call);
      if (now?.etag !== seen.etag) return 'source changed';
    }
    return await this.#written(
      answer,
      { key: to, writeId, condition, size: seen.size, sha256: seen.sha256 },
      call,
    );
  }

  /** Deletes an object; false where it is no longer `etag`. What is gone is gone. */
  async delete(key: string, etag: string | undefined, call: Call): Promise<boolean> {
    const headers = etag === undefined ? {} : { 'if-match': this.#quoted(etag) };
    const { status } = await this.requests.send(
      { doing: 'delete', method: 'DELETE', key, headers, expected: [404, 412] },
      call,
    );
    return status !== 412;
  }

  /** Deletes up to 1,000 objects, whatever they are by now. @throws for the first that could not be deleted */
  async deleteMany(keys: readonly string[], call: Call): Promise<void> {
    for (const key of keys) if (!fitsXml(key)) await this.delete(key, undefined, call);
    const rest = keys.filter(fitsXml);
    if (rest.length === 0) return;
    const objects = rest.map((key) => `<Object><Key>${escapeXml(key)}</Key></Object>`).join('');
    const body = Buffer.from(`<Delete><Quiet>true</Quiet>${objects}</Delete>`);
    const { bytes } = await this.requests.send(
      {
        doing: 'delete files of',
        method: 'POST',
        query: { delete: '' },
        body,
        headers: { 'content-md5': md5Of(body), 'content-type': 'application/xml' },
        isWhole: (text) => parseAnswer(text)?.name === 'DeleteResult',
      },
      call,
    );
    const [failed] = parseAnswer(Buffer.from(bytes).toString())!.all('Error');
    if (failed === undefined) return;
    const isDenied = failed.text('Code') === 'AccessDenied';
    throw backendError(
      isDenied ? 'PERMISSION_DENIED' : 'UNAVAILABLE',
      `Some files could not be deleted: ${failed.text('Code')}. ${isDenied ? 'Check the policy of the bucket' : 'Try again'}`,
    );
  }

  /** A page of the keys that begin with `prefix`, in the order of their bytes; with `delimiter` those that agree up to it as one. */
  async list({ prefix, after, token, delimiter, most }: ListRequest, call: Call): Promise<ListPage> {
    const query = {
      'list-type': '2',
      'encoding-type': 'url',
      prefix,
      ...(after === undefined ? {} : { 'start-after': after }),
      ...(token === undefined ? {} : { 'continuation-token': token }),
      ...(delimiter === undefined ? {} : { delimiter }),
      ...(most === undefined ? {} : { 'max-keys': String(most) }),
    };
    // A page that was cut off must not be taken for the last one.
    const { bytes } = await this.requests.send(
      {
        doing: 'list',
        method: 'GET',
        query,
        isWhole: (text) => listPageOf(text, prefix, after) !== undefined,
      },
      call,
    );
    return listPageOf(Buffer.from(bytes).toString(), prefix, after)!;
  }

  async createUpload(key: string, call: Call): Promise<Upload> {
    const writeId = randomUUID();
    const { bytes } = await this.requests.send(
      {
        doing: 'begin to write',
        method: 'POST',
        key,
        query: { uploads: '' },
        headers: { [WRITE_ID]: writeId },
        isWhole: (text) => parseAnswer(text)?.text('UploadId') !== undefined,
      },
      call,
    );
    return { key, id: parseAnswer(Buffer.from(bytes).toString())!.text('UploadId')!, writeId };
  }

  async uploadPart({ key, id }: Upload, number: number, body: Uint8Array, call: Call): Promise<Part> {
    const { headers } = await this.requests.send(
      {
        doing: 'write a part of',
        method: 'PUT',
        key,
        query: { partNumber: String(number), uploadId: id },
        body,
        ...(call.fence === undefined ? {} : { headers: { 'content-md5': md5Of(body) } }),
      },
      call,
    );
    return { number, etag: bare(headers.etag) };
  }

  /** Makes an object of the parts; `undefined` where what is there is not what was expected. */
  async completeUpload(
    { key, id, writeId }: Upload,
    parts: readonly Part[],
    size: number,
    condition: Condition,
    call: Call,
  ): Promise<ObjectHead | undefined> {
    const list = parts.map(
      ({ number, etag }) => `<Part><PartNumber>${number}</PartNumber><ETag>"${etag}"</ETag></Part>`,
    );
    const answer = await this.requests.send(
      {
        doing: 'write',
        method: 'POST',
        key,
        query: { uploadId: id },
        body: Buffer.from(`<CompleteMultipartUpload>${list.join('')}</CompleteMultipartUpload>`),
        headers: { ...this.#conditions(condition), 'content-type': 'application/xml' },
        expected: [404, 412],
        isWhole: (text) => parseAnswer(text)?.name === 'CompleteMultipartUploadResult',
        look: () => this.#lookFor(key, writeId, call),
      },
      call,
    );
    return await this.#written(answer, { key, writeId, condition, size, sha256: undefined }, call);
  }

  /** Frees the parts of an upload that comes to nothing. */
  async abortUpload({ key, id }: Pick<Upload, 'key' | 'id'>, call: Call): Promise<void> {
    await this.requests.send(
      { doing: 'give up writing', method: 'DELETE', key, query: { uploadId: id }, expected: [404] },
      call,
    );
  }

  /** Uploads in parts that are under way, or were given up without a word. */
  async listUploads(
    prefix: string,
    call: Call,
  ): Promise<readonly { readonly key: string; readonly id: string; readonly since: Date }[]> {
    const found: { key: string; id: string; since: Date }[] = [];
    for (let marker: Record<string, string> = {}; ; ) {
      const { bytes } = await this.requests.send(
        {
          doing: 'list the uploads of',
          method: 'GET',
          query: { uploads: '', prefix, ...marker },
          isWhole: (text) => parseAnswer(text)?.name === 'ListMultipartUploadsResult',
        },
        call,
      );
      const answer = parseAnswer(Buffer.from(bytes).toString())!;
      for (const upload of answer.all('Upload')) {
        const since = new Date(upload.text('Initiated') ?? '');
        found.push({ key: upload.text('Key') ?? '', id: upload.text('UploadId') ?? '', since });
      }
      const next = answer.text('NextUploadIdMarker') ?? '';
      if (answer.text('IsTruncated') !== 'true' || next === '') return found;
      marker = { 'key-marker': answer.text('NextKeyMarker') ?? '', 'upload-id-marker': next };
    }
  }

  async createBucket(region: string, call: Call): Promise<'made' | 'there'> {
    const isDefault = region === 'us-east-1';
    const { status } = await this.requests.send(
      {
        doing: 'make the bucket',
        method: 'PUT',
        body: Buffer.from(
          isDefault
            ? ''
            : `<CreateBucketConfiguration><LocationConstraint>${escapeXml(region)}</LocationConstraint></CreateBucketConfiguration>`,
        ),
        expected: [409],
      },
      call,
    );
    return status === 409 ? 'there' : 'made';
  }

  #conditions(condition: Condition): Record<string, string> {
    if (condition.kind === 'nothing') return { 'if-none-match': '*' };
    return condition.kind === 'version' ? { 'if-match': this.#quoted(condition.etag) } : {};
  }

  #quoted(etag: string): string {
    return this.quotesEtags ? `"${etag}"` : etag;
  }

  /** After an answer that was lost: whether the write took place. */
  async #lookFor(key: string, writeId: string, call: Call): Promise<S3Answer | undefined> {
    const { status, headers } = await this.requests.send(
      { doing: 'look at', method: 'HEAD', key, expected: [404] },
      call,
    );
    return status === 200 && headers[WRITE_ID] === writeId
      ? { status, headers, bytes: new Uint8Array() }
      : undefined;
  }

  async #written(
    { status, headers, bytes }: S3Answer,
    {
      key,
      writeId,
      condition,
      ...known
    }: {
      readonly key: string;
      readonly writeId: string;
      readonly condition: Condition;
      readonly size: number;
      readonly sha256: string | undefined;
    },
    call: Call,
  ): Promise<ObjectHead | undefined> {
    if (status === 404 || status === 412) {
      // A repetition is refused where the first attempt took place after all.
      const now = await this.head(key, call);
      return now?.writeId === writeId ? now : undefined;
    }
    const etag = bare(headers.etag) || etagIn(bytes);
    // The date of the answer is not that of the object.
    if (etag !== '') return { etag, modifiedAt: undefined, writeId, ...known };
    // Some answers hold none.
    const now = await this.head(key, call);
    return now ?? { etag: '', modifiedAt: undefined, writeId, ...known };
  }
}

export interface ListRequest {
  readonly prefix: string;
  /** Only what comes after it. */
  readonly after?: string | undefined;
  /** `ListPage.next` of the page before. */
  readonly token?: string | undefined;
  readonly delimiter?: '/' | undefined;
  /** Entries at most. Default: as many as the server gives, 1,000. */
  readonly most?: number | undefined;
}

/** What the headers of an answer say of its object. */
export function headOf(headers: IncomingHttpHeaders): ObjectHead {
  const range = /\/(\d+)$/.exec(headers['content-range']?.toString() ?? '')?.[1];
  return {
    etag: bare(headers.etag),
    size: Number(range ?? headers['content-length'] ?? 0),
    modifiedAt: dateOf(headers['last-modified']),
    sha256: headers[SHA256]?.toString(),
    writeId: headers[WRITE_ID]?.toString(),
  };
}

/** Base64. */
export function md5Of(bytes: Uint8Array): string {
  return createHash('md5').update(bytes).digest('base64');
}

function bare(etag: string | undefined): string {
  return (etag ?? '').replace(/^W\//, '').replaceAll('"', '');
}

function etagIn(bytes: Uint8Array): string {
  return bytes.length === 0 ? '' : bare(parseAnswer(Buffer.from(bytes).toString())?.text('ETag'));
}

function dateOf(text: string | undefined): Date | undefined {
  const time = Date.parse(text ?? '');
  return Number.isNaN(time) ? undefined : new Date(time);
}
