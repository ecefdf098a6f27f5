import { isFileBackendError, mediaType } from '@f9/core';
import { backendError } from '@f9/core/driver';
import { type Lines, readLines, tailLines } from '@f9/text/files';
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
  offset: z.int().min(0).optional(),
  lineOffset: z.int().min(0).optional(),
  limit: z.int().min(1).optional(),
};
const TEXT_TOLD = {
  ...TEXT,
  offset: TEXT.offset.describe('Lines to skip'),
  lineOffset: TEXT.lineOffset.describe('Bytes to skip in the first line'),
};

/** Most files in one call of `read_multiple_files`. */
const FILES_AT_ONCE = 100;

/** Tools that read files. */
export function readingTools(place: Workplace): VaultTool[] {
  const { vault, pathOf, maxBytes } = place;
  const readText = (
    { path, head, tail, offset, lineOffset, limit }: TextInput,
    context: ToolContext,
  ): Promise<ToolAnswer> => {
    if (head !== undefined && tail !== undefined) {
      throw backendError('INVALID_ARGUMENT', 'Give head or tail, not both', { path });
    }
    return tail === undefined
      ? textFrom(place, path, { offset, lineOffset, limit: head ?? limit }, context)
      : textAtEnd(place, path, tail, context);
  };
  return [
    defineTool({
      name: 'read_text_file',
      title: 'Read text file',
      description: 'Text of a file, with its etag. Long files come in parts: go on with offset.',
      input: z.object(TEXT_TOLD),
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

/** The lines that are asked for. */
interface LinesInput {
  readonly offset?: number | undefined;
  readonly lineOffset?: number | undefined;
  readonly limit?: number | undefined;
}

interface TextInput extends LinesInput {
  readonly path: string;
  readonly head?: number | undefined;
  readonly tail?: number | undefined;
}

async function linesFrom(
  { vault, pathOf, maxBytes }: Workplace,
  path: string,
  { offset = 0, lineOffset = 0, limit }: LinesInput,
  context: ToolContext,
): Promise<Lines> {
  return await readLines(vault, pathOf(path), {
    offset,
    lineOffset,
    ...(limit === undefined ? {} : { limit }),
    maxBytes,
    ...within(context),
  });
}

async function textFrom(
  place: Workplace,
  path: string,
  input: LinesInput,
  context: ToolContext,
): Promise<ToolAnswer> {
  const lines = await linesFrom(place, path, input, context);
  const { text, lineCut, ...rest } = lines;
  const { startLine, endLine, nextOffset, etag } = rest;
  const truncated = nextOffset !== undefined;
  const what = lineCut
    ? `line ${startLine} is longer and was cut`
    : `lines ${startLine} to ${endLine}, there are more`;
  const cut = truncated ? `${what}; ${howToGoOn(lines)}` : undefined;
  return { content: text, data: { ...rest, truncated }, ...remarkOn({ cut, etag }) };
}

/** How to go on after lines that are not all. */
function howToGoOn({
  endLine,
  nextOffset,
  nextLineOffset,
}: Pick<Lines, 'endLine' | 'nextOffset' | 'nextLineOffset'>): string {
  const next = `offset ${nextOffset}`;
  return nextLineOffset === undefined
    ? `go on with ${next}`
    : `go on in it with offset ${endLine - 1} and lineOffset ${nextLineOffset}, behind it with ${next}`;
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
    ...remarkOn({ cut: truncated ? cutBefore(lines) : undefined, etag }),
  };
}

function cutBefore(lines: number): string {
  return lines === 0
    ? 'the last line alone is too long; read it with offset and lineOffset'
    : `the last ${lines} lines, no more of them fit`;
}

/** A file among several. */
interface Part {
  readonly text: string;
  readonly etag?: string;
}

async function partOf(place: Workplace, path: string, maxBytes: number, context: ToolContext): Promise<Part> {
  const name = shownPath(place.pathOf(path));
  try {
    const lines = await linesFrom({ ...place, maxBytes }, path, {}, context);
    const more = lines.nextOffset === undefined ? '' : `\n… more with read_text_file: ${howToGoOn(lines)}`;
    const etag = lines.etag === undefined ? {} : { etag: lines.etag };
    return { text: `${name}:\n${lines.text}${more}`, ...etag };
  } catch (error) {
    if (!isFileBackendError(error)) throw error;
    return { text: `${name}: ${failure(error).content}` };
  }
}
