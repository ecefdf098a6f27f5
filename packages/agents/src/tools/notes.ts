import { backendError } from '@f9/core/driver';
import type { Section, TextChange } from '@f9/text';
import { z } from 'zod';
import { cutTo, pageOf } from './bounds.ts';
import { shownPath } from './paths.ts';
import { remarkOn } from './remark.ts';
import {
  CHANGES,
  defineTool,
  READS,
  type ToolContext,
  type VaultTool,
  type Workplace,
  within,
} from './tool.ts';
import { written } from './writing.ts';

/** Loaded only once a note is asked for, since parsers of notes take longer to load than everything else. */
const parsers = (): Promise<typeof import('@f9/text')> => import('@f9/text');

/** Most bytes of a note, since it is read whole. */
const LARGEST_NOTE = 16 * 1024 * 1024;
/** Milliseconds that a note may take to be taken apart: for some, which nobody writes, it would be hours. */
const NOTE_TIME = 5000;

const SECTION = z
  .union([z.string(), z.array(z.string()).min(1)])
  .describe('A heading, or the headings that lead to it');

/** Tools for notes in Markdown. */
export function noteTools(place: Workplace): VaultTool[] {
  const { vault, pathOf, maxBytes } = place;
  return [
    defineTool({
      name: 'read_note',
      title: 'Read note',
      description: 'A Markdown note: full, its map of headings, one section, or its frontmatter.',
      input: z.object({
        path: z.string(),
        view: z.enum(['full', 'map', 'section', 'frontmatter']).optional(),
        section: SECTION.optional(),
      }),
      hints: READS,
      body: async ({ path, view, section }, context) => {
        const at = pathOf(path);
        const show = view ?? (section === undefined ? 'full' : 'section');
        const { text, etag } = await noteAt(place, at, context);
        const data = etag === undefined ? {} : { etag };
        const limits = { timeLimit: NOTE_TIME, ...within(context) };
        const { onNote } = await parsers();
        const shown = await {
          full: async () => text,
          map: async () => mapOf(await onNote('sections', [text], limits)),
          section: async () => {
            if (section === undefined)
              throw backendError('INVALID_ARGUMENT', 'Say which section', { path: at });
            const { start, end } = await onNote('findSection', [text, section, at], limits);
            return text.slice(start, end);
          },
          frontmatter: async () =>
            JSON.stringify((await onNote('frontmatter', [text, at], limits))?.data ?? {}, null, 2),
        }[show]();
        const content = cutTo(shown, maxBytes);
        const truncated = content.length < shown.length;
        const cut = truncated ? 'it was cut; read_text_file reads on by lines' : undefined;
        return { content, data: { ...data, truncated }, ...remarkOn({ cut, etag }) };
      },
    }),
    defineTool({
      name: 'patch_note',
      title: 'Patch note',
      description:
        'Change one section (append, prepend, replace its body) or frontmatter keys of a note; the rest stays as it is. Answers with a diff.',
      input: z.object({
        path: z.string(),
        section: SECTION.optional(),
        operation: z.enum(['append', 'prepend', 'replace']).optional(),
        content: z.string().optional(),
        frontmatter: z.record(z.string(), z.unknown()).optional().describe('Keys to set; null removes one'),
        dryRun: z.boolean().optional(),
        ifMatch: z.string().optional(),
      }),
      hints: CHANGES,
      body: async (
        { path, section, operation = 'append', content, frontmatter: keys, dryRun = false, ifMatch },
        context,
      ) => {
        const at = pathOf(path);
        const options = {
          dryRun,
          timeLimit: NOTE_TIME,
          ...(ifMatch === undefined ? {} : { ifMatch }),
          ...within(context),
        };
        const { patchFrontmatter, patchSection } = await parsers();
        let change: () => Promise<TextChange>;
        if (section !== undefined && content !== undefined && keys === undefined) {
          change = () => patchSection(vault, at, section, { operation, content }, options);
        } else if (keys !== undefined && section === undefined && content === undefined) {
          const values = Object.entries(keys).map(([key, value]) => [
            key,
            value === null ? undefined : value,
          ]);
          change = () => patchFrontmatter(vault, at, Object.fromEntries(values), options);
        } else {
          throw backendError('INVALID_ARGUMENT', 'Give section and content, or frontmatter', { path: at });
        }
        await assertSize(place, at, context);
        if (!dryRun) await context.consent?.(['write'], `Change ${shownPath(at)}?`);
        const { info, diff } = await change();
        return written(at, info.etag, cutTo(diff === '' ? 'Nothing changes' : diff, maxBytes));
      },
    }),
    defineTool({
      name: 'note_links',
      title: 'Links of a note',
      description: 'The links, wiki links and images of a note, with lines.',
      input: z.object({ path: z.string() }),
      hints: READS,
      body: async ({ path }, context) => {
        const { text } = await noteAt(place, pathOf(path), context);
        const { onNote } = await parsers();
        const links = await onNote('links', [text], { timeLimit: NOTE_TIME, ...within(context) });
        const lines = links.map(({ line, kind, target, heading }) => {
          const full = heading === undefined ? target : `${target}#${heading}`;
          return `${line}: ${kind} ${shownPath(full).slice(1)}`;
        });
        const { content, ...rest } = pageOf(lines, {}, maxBytes, 'The note has no links');
        return { content, data: rest };
      },
    }),
  ];
}

/** @returns the etag @throws `INVALID_ARGUMENT` for a note that is too large */
async function assertSize(
  { vault }: Workplace,
  path: string,
  context: ToolContext,
): Promise<string | undefined> {
  const { size, etag } = await vault.info(path, within(context));
  if (size === undefined || size <= LARGEST_NOTE) return etag;
  throw backendError(
    'INVALID_ARGUMENT',
    `${JSON.stringify(path)} has ${size} bytes, and ${LARGEST_NOTE} can be taken apart; use grep_files, read_text_file and edit_file`,
    { path },
  );
}

async function noteAt(
  place: Workplace,
  path: string,
  context: ToolContext,
): Promise<{ readonly text: string; readonly etag: string | undefined }> {
  const etag = await assertSize(place, path, context);
  return { text: await place.vault.read(path, { binary: false, ...within(context) }), etag };
}

function mapOf(sections: readonly Section[]): string {
  const lines = sections.map(({ level, heading, line }) => `${'#'.repeat(level)} ${heading} (line ${line})`);
  return lines.length === 0 ? 'The note has no headings' : lines.join('\n');
}
