import { createHash, randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { backendError, type ReadRange } from '@f9/core/driver';
import { foreign, requestError } from '../errors.ts';
import type { Call } from './call.ts';
import type { Body } from './exchange.ts';
import { isNext, type ListPage, listPageOf } from './list-page.ts';
import type { Requests, S3Answer, S3Request } from './requests.ts';
import { escapeXml, fitsXml, parseAnswer } from './xml.ts';

/** An object as the server describes it. */
export interface ObjectHead {
  /** The etag, without quotes. */
  readonly etag: string;
  readonly size: number;
  readonly modifiedAt: Date | undefined;
  /** The checksum in lower-case hex, where f9 wrote the object in one piece. */
  readonly sha256: string | undefined;
  /** The id of the write that made it. */
  readonly writeId: string | undefined;
}

/** The condition of a write. */
export type Condition =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'version'; readonly etag: string }
  | { readonly kind: 'anything' };

/** An object to be written. */
export interface Put {
  readonly key: string;
  readonly body: Body;
  /** The checksum of the body in lower-case hex. */
  readonly sha256: string;
  /** The body's MD5 in base64, needed where the call expires: such a signature does not cover the body. */
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

/** Most objects that one request deletes. */
export const DELETED_AT_ONCE = 1000;

/** The requests that f9 sends to a bucket. */
export class Service {
  readonly requests: Requests;
  /** Whether the server wants the etag of a condition in quotes; some compare it without them. */
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
   * Begins to read. The answer has status 206 or 200, 404 where there is no object, 412 where it no longer has `etag`, 416 where the
   * range begins past its end.
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

  /** Writes an object in one piece; `undefined` where its condition does not hold. */
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

  /**
   * Copies an object within the bucket, if it is still the version that was seen; `undefined` where the condition on the target does
   * not hold.
   */
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

  /** Deletes an object; false where it no longer has `etag`. An object that is gone already counts as deleted. */
  async delete(key: string, etag: string | undefined, call: Call): Promise<boolean> {
    const headers = etag === undefined ? {} : { 'if-match': this.#quoted(etag) };
    const { status } = await this.requests.send(
      { doing: 'delete', method: 'DELETE', key, headers, expected: [404, 412] },
      call,
    );
    return status !== 412;
  }

  /** Deletes up to 1,000 objects, in whatever version they are. @throws for the first that could not be deleted */
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

  /**
   * A page of the keys that begin with `prefix`, sorted by their bytes; with `delimiter`, those that agree up to it are one entry.
   */
  async list({ prefix, after, previous, delimiter, most }: ListRequest, call: Call): Promise<ListPage> {
    const token = previous?.next;
    const query = {
      'list-type': '2',
      'encoding-type': 'url',
      prefix,
      ...(after === undefined ? {} : { 'start-after': after }),
      ...(token === undefined ? {} : { 'continuation-token': token }),
      ...(delimiter === undefined ? {} : { delimiter }),
      ...(most === undefined ? {} : { 'max-keys': String(most) }),
    };
    const wanted = (text: string): ListPage | undefined => {
      const page = listPageOf(text, prefix, after);
      return page !== undefined && isNext(page, previous) ? page : undefined;
    };
    // A page that was cut off must not be taken for the last one, nor one that comes again for the next.
    const { bytes } = await this.requests.send(
      {
        doing: 'list',
        method: 'GET',
        query,
        isWhole: (text) => wanted(text) !== undefined,
      },
      call,
    );
    return wanted(Buffer.from(bytes).toString())!;
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

  /** Makes an object of the parts; `undefined` where its condition does not hold. */
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

  /** Frees the parts of an upload that is given up. */
  async abortUpload({ key, id }: Pick<Upload, 'key' | 'id'>, call: Call): Promise<void> {
    await this.requests.send(
      { doing: 'give up writing', method: 'DELETE', key, query: { uploadId: id }, expected: [404] },
      call,
    );
  }

  /** Uploads in parts that are under way, or were abandoned. */
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
          isWhole: (text) => {
            const page = parseAnswer(text);
            const next = page?.text('IsTruncated') === 'true' ? page.text('NextUploadIdMarker') : undefined;
            const isAgain = next !== undefined && next === marker['upload-id-marker'];
            return page?.name === 'ListMultipartUploadsResult' && !isAgain;
          },
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

  /** Finds out, after a lost answer, whether the write took place. */
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
      // A repetition is refused if the first attempt took effect after all.
      const now = await this.head(key, call);
      return now?.writeId === writeId ? now : undefined;
    }
    const etag = bare(headers.etag) || etagIn(bytes);
    // The date of the answer is not that of the object.
    if (etag !== '') return { etag, modifiedAt: undefined, writeId, ...known };
    // Some answers have no etag.
    const now = await this.head(key, call);
    if (now?.etag === '') throw requestError('write', foreign('without an etag'), { path: call.path });
    return now ?? { etag: '', modifiedAt: undefined, writeId, ...known };
  }
}

export interface ListRequest {
  readonly prefix: string;
  /** Only keys after this one. */
  readonly after?: string | undefined;
  /** The page before, in place of `after`. */
  readonly previous?: ListPage | undefined;
  readonly delimiter?: '/' | undefined;
  /** Most entries. Default: as many as the server gives, 1,000. */
  readonly most?: number | undefined;
}

/** The object that the headers of an answer describe. */
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

/** The MD5 in base64. */
function md5Of(bytes: Uint8Array): string {
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
