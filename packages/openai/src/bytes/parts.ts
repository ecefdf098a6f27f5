import { hash } from 'node:crypto';
import { backendError } from '@f9/core/driver';
import type { FileEntry, PartEntry } from '../entries/entry.ts';
import type { Call } from '../service/call.ts';
import { decodeCarrier } from './carrier.ts';
import { decompress } from './compression.ts';

/** The bytes of a part, from the text that the service's parser made of it. @throws `INTEGRITY` */
export async function readPart(part: PartEntry, pieces: readonly string[], call: Call): Promise<Uint8Array> {
  const carried = decodeCarrier(pieces, part.carried);
  if (carried === undefined) throw damaged(call);
  return await verified({ codec: part.codec, bytes: carried }, part, call);
}

/** The bytes that the attributes of a file hold. @throws `INTEGRITY` */
export async function readInline(file: FileEntry, call: Call): Promise<Uint8Array> {
  if (file.bytes.form !== 'inline') throw damaged(call);
  const bytes = Buffer.from(file.bytes.data, 'base64');
  return await verified({ codec: file.bytes.codec, bytes: new Uint8Array(bytes) }, file, call);
}

async function verified(
  compressed: { readonly codec: PartEntry['codec']; readonly bytes: Uint8Array },
  expected: { readonly size: number; readonly sha256: string },
  call: Call,
): Promise<Uint8Array> {
  const bytes = await decompress(compressed, expected.size).catch(() => {
    throw damaged(call);
  });
  if (bytes.length !== expected.size || hash('sha256', bytes) !== expected.sha256) throw damaged(call);
  return bytes;
}

/** The error of a vector store that gives other bytes than were written. */
export function damaged({ path }: Call): Error {
  return backendError(
    'INTEGRITY',
    `The vector store gives back other bytes than were written${path === undefined ? '' : ` for ${JSON.stringify(path)}`}; read again, and if it stays so write the file again from its source`,
  );
}
