import { isFileBackendError, mediaType } from '@f9/core';
import { backendError } from '@f9/core/driver';
import { readLines, tailLines } from '@f9/text/files';
import { z } from 'zod';
import type { ToolAnswer } from './answer.ts';
import { cutTo } from './bounds.ts';
import { failure } from './failure.ts';
import { shownPath } from './paths.ts';
import { remarkOn } from './remark.ts';
import { defineTool, READS, type ToolContext, type VaultTool, type Workplace, within } from './tool.ts';

const TEXT = {
  path: z.string(),
  head: z.int().min(1).optional(),
  tail: z.int().min(1).optional(),
  offset: z.int().min(0).optional().describe('Lines to skip'),
  limit: z.int().min(1).optional(),
};

/** Most files in one call of `read_multiple_files`. */
const FILES_AT_ONCE = 100;

/** Tools that read files. */
export function readingTools(place: Workplace): VaultTool[] {
  const { vault, pathOf, maxBytes } = place;
  const readText = (
    { path, head, tail, offset, limit }: TextInput,
    context: ToolContext,
  ): Promise<ToolAnswer> => {
    if (head !== undefined && tail !== undefined) {
      throw backendError('INVALID_ARGUMENT', 'Give head or tail, not both', { path });
    }
    return tail === undefined
      ? textFrom(place, path, { offset: offset ?? 0, limit: head ?? limit }, context)
      : textAtEnd(place, path, tail, context);
  };
  return [
    defineTool({
      name: 'read_text_file',
      title: 'Read text file',
      description: 'Text of a file, with its etag. Long files come in parts: go on with offset.',
      input: z.object(TEXT),
      hints: READS,
      body: readText,
    }),
    defineTool({
      name: 'read_file',
      title: 'Read file',
      description: 'The same as read_text_file.',
      input: z.object(TEXT),
      hints: READS,
      body: readText,
    }),
    defineTool({
      name: 'read_media_file',
      title: 'Read media file',
      description: 'An image, sound or other binary file as base64.',
      input: z.object({ path: z.string() }),
      hints: READS,
      body: async ({ path }, context) => {
        const at = pathOf(path);
        const { size } = await vault.info(at, within(context));
        // Base64 takes four bytes for three.
        const most = Math.floor((place.maxMediaBytes / 4) * 3);
        if (size !== undefined && size > most) {
          throw backendError(
            'INVALID_ARGUMENT',
            `${JSON.stringify(at)} has ${size} bytes; ${most} can be given`,
            { path: at },
          );
        }
        const bytes = await vault.read(at, { ...within(context), length: most + 1 });
        const mimeType = mediaType(at);
        const [kind] = mimeType.split('/');
        return {
          content: `${shownPath(at)}: ${bytes.length} bytes, ${mimeType}`,
          media: {
            type: kind === 'image' || kind === 'audio' ? kind : 'file',
            path: at,
            mimeType,
            base64: Buffer.from(bytes).toString('base64'),
          },
        };
      },
    }),
    defineTool({
      name: 'read_multiple_files',
      title: 'Read several files',
      description: 'Text of several files, with their etags; one that cannot be read hides no other.',
      input: z.object({ paths: z.array(z.string()).min(1).max(FILES_AT_ONCE) }),
      hints: READS,
      body: async ({ paths }, context) => {
        const share = Math.max(1, Math.floor(maxBytes / paths.length) - 200);
        const parts: Part[] = [];
        for (const path of paths) parts.push(await partOf(place, path, share, context));
        const etags = parts.map(({ etag }) => etag ?? null);
        return {
          content: cutTo(parts.map(({ text }) => text).join('\n---\n'), maxBytes),
          data: { etags },
          remark: `etags: ${etags.map((etag) => etag ?? 'none').join(', ')}`,
        };
      },
    }),
    defineTool({
      name: 'get_file_info',
      title: 'File info',
      description: 'Size, dates, type and etag of a file or directory.',
      input: z.object({ path: z.string() }),
      hints: READS,
      body: async ({ path }, context) => {
        const info = await vault.info(pathOf(path), within(context));
        const { path: own, ...known } = info.toJSON();
        const lines = Object.entries({ path: shownPath(String(own)), ...known }).map(
          ([key, value]) => `${key}: ${value}`,
        );
        return { content: lines.join('\n'), data: info.etag === undefined ? {} : { etag: info.etag } };
      },
    }),
  ];
}

interface TextInput {
  readonly path: string;
  readonly head?: number | undefined;
  readonly tail?: number | undefined;
  readonly offset?: number | undefined;
  readonly limit?: number | undefined;
}

async function textFrom(
  { vault, pathOf, maxBytes }: Workplace,
  path: string,
  { offset, limit }: { readonly offset: number; readonly limit?: number | undefined },
  context: ToolContext,
): Promise<ToolAnswer> {
  const lines = await readLines(vault, pathOf(path), {
    offset,
    ...(limit === undefined ? {} : { limit }),
    maxBytes,
    ...within(context),
  });
  const { text, lineCut, ...rest } = lines;
  const { startLine, endLine, nextOffset, etag } = rest;
  const next = nextOffset === undefined ? '' : `; go on with offset ${nextOffset}`;
  const cut = lineCut
    ? `line ${startLine} is longer and was cut${next}`
    : nextOffset === undefined
      ? undefined
      : `lines ${startLine} to ${endLine}, there are more${next}`;
  return {
    content: text,
    data: { ...rest, truncated: lineCut || nextOffset !== undefined },
    ...remarkOn({ cut, etag }),
  };
}

async function textAtEnd(
  { vault, pathOf, maxBytes }: Workplace,
  path: string,
  limit: number,
  context: ToolContext,
): Promise<ToolAnswer> {
  const { text, whole, etag, lines } = await tailLines(vault, pathOf(path), {
    limit,
    maxBytes,
    ...within(context),
  });
  const truncated = !whole && lines < limit;
  return {
    content: text,
    data: { ...(etag === undefined ? {} : { etag }), truncated },
    ...remarkOn({ cut: truncated ? `the last ${lines} lines, no more of them fit` : undefined, etag }),
  };
}

/** A file among several. */
interface Part {
  readonly text: string;
  readonly etag?: string;
}

async function partOf(place: Workplace, path: string, maxBytes: number, context: ToolContext): Promise<Part> {
  const name = shownPath(place.pathOf(path));
  try {
    const { content, data } = await textFrom({ ...place, maxBytes }, path, { offset: 0 }, context);
    const more =
      data?.truncated === true ? `\n… more: read_text_file with offset ${data.nextOffset ?? 1}` : '';
    const etag = typeof data?.etag === 'string' ? { etag: data.etag } : {};
    return { text: `${name}:\n${content}${more}`, ...etag };
  } catch (error) {
    if (!isFileBackendError(error)) throw error;
    return { text: `${name}: ${failure(error).content}` };
  }
}
