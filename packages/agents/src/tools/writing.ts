import { isFileBackendError, type TransferOptions } from '@f9/core';
import { editText } from '@f9/text/files';
import { type ZodArray, type ZodBoolean, type ZodObject, type ZodOptional, type ZodString, z } from 'zod';
import type { ToolAnswer } from './answer.ts';
import { cutTo } from './bounds.ts';
import { directoryFrom, shownPath } from './paths.ts';
import { remarkOn } from './remark.ts';
import {
  ADDS,
  CHANGES,
  type ConsentKind,
  defineTool,
  type ToolContext,
  type VaultTool,
  type Workplace,
  within,
} from './tool.ts';

/** Told once and understood for all: each word here is read by a model before each of its calls. */
const IF_MATCH = { ifMatch: z.string().optional() };
const IF_MATCH_TOLD = { ifMatch: z.string().optional().describe('Only if the etag is still this') };

const FROM_TO = {
  source: z.string(),
  destination: z.string(),
  ...IF_MATCH,
};

export const EDITS: ZodArray<
  ZodObject<{ oldText: ZodString; newText: ZodString; all: ZodOptional<ZodBoolean> }>
> = z
  .array(z.object({ oldText: z.string(), newText: z.string(), all: z.boolean().optional() }))
  .min(1)
  .describe('oldText must occur exactly once, unless all is true');

/** Tools that change files. */
export function writingTools(place: Workplace): VaultTool[] {
  const { vault, pathOf, maxBytes } = place;
  return [
    defineTool({
      name: 'write_file',
      title: 'Write file',
      description: 'Write a whole text file, new or in place of what is there.',
      input: z.object({ path: z.string(), content: z.string(), ...IF_MATCH_TOLD }),
      hints: { ...CHANGES, idempotent: true },
      body: async ({ path, content, ifMatch }, context) => {
        const at = pathOf(path);
        await askToReplace(place, at, context);
        const options = { data: content, ...within(context) };
        const info =
          ifMatch === undefined
            ? await vault.create(at, { ...options, overwrite: true })
            : await vault.update(at, { ...options, ifMatch });
        return written(at, info.etag, `Wrote ${Buffer.byteLength(content)} bytes to ${shownPath(at)}`);
      },
    }),
    defineTool({
      name: 'edit_file',
      title: 'Edit file',
      description: 'Replace exact text in a file; all edits are made or none. Answers with a diff.',
      input: z.object({ path: z.string(), edits: EDITS, dryRun: z.boolean().optional(), ...IF_MATCH }),
      hints: CHANGES,
      body: async ({ path, edits, dryRun = false, ifMatch }, context) => {
        const at = pathOf(path);
        if (!dryRun) await context.consent?.(['write'], `Edit ${shownPath(at)}?`);
        const { info, diff } = await editText(vault, at, edits.map(textEdit), {
          dryRun,
          ...(ifMatch === undefined ? {} : { ifMatch }),
          ...within(context),
        });
        return written(at, info.etag, cutTo(diff === '' ? 'Nothing changes' : diff, maxBytes));
      },
    }),
    defineTool({
      name: 'append_file',
      title: 'Append to file',
      description: 'Add text at the end of a file, which is made where it is missing.',
      input: z.object({ path: z.string(), content: z.string(), ...IF_MATCH }),
      hints: ADDS,
      body: async ({ path, content, ifMatch }, context) => {
        const at = pathOf(path);
        await context.consent?.(['write'], `Append to ${shownPath(at)}?`);
        const info = await vault.update(at, {
          data: content,
          append: true,
          ...(ifMatch === undefined ? { create: true } : { ifMatch }),
          ...within(context),
        });
        return written(at, info.etag, `Appended ${Buffer.byteLength(content)} bytes to ${shownPath(at)}`);
      },
    }),
    defineTool({
      name: 'create_directory',
      title: 'Create directory',
      description: 'Make a directory and its parents; one that is there is fine.',
      input: z.object({ path: z.string() }),
      hints: { ...ADDS, idempotent: true },
      body: async ({ path }, context) => {
        const at = directoryFrom(pathOf(path));
        await context.consent?.(['write'], `Create ${shownPath(at)}?`);
        try {
          await vault.create(at, { isDirectory: true, ...within(context) });
        } catch (error) {
          if (!isFileBackendError(error, 'ALREADY_EXISTS') || !(await vault.info(at, within(context))).isDir)
            throw error;
        }
        return { content: `${shownPath(at)} is there` };
      },
    }),
    defineTool({
      name: 'move_file',
      title: 'Move or rename',
      description: 'Move a file or directory; ifMatch: the etag of a destination to replace.',
      input: z.object(FROM_TO),
      hints: CHANGES,
      body: async (input, context) => {
        const { from, to, options } = await transferOf(place, 'Move', input, context);
        const { etag } = await vault.move(from, to, options);
        return written(to, etag, `Moved ${shownPath(from)} to ${shownPath(to)}`);
      },
    }),
    defineTool({
      name: 'copy_file',
      title: 'Copy',
      description: 'Copy a file or directory; ifMatch: the etag of a destination to replace.',
      input: z.object(FROM_TO),
      hints: CHANGES,
      body: async (input, context) => {
        const { from, to, options } = await transferOf(place, 'Copy', input, context);
        const { etag } = await vault.copy(from, to, options);
        return written(to, etag, `Copied ${shownPath(from)} to ${shownPath(to)}`);
      },
    }),
    defineTool({
      name: 'delete_file',
      title: 'Delete',
      description: 'Delete a file, or an empty directory; recursive for a full one.',
      input: z.object({ path: z.string(), recursive: z.boolean().optional(), ...IF_MATCH }),
      hints: CHANGES,
      body: async ({ path, recursive = false, ifMatch }, context) => {
        const at = pathOf(path);
        await context.consent?.(
          ['write', 'delete'],
          `Delete ${shownPath(at)}${recursive ? ' and all that is in it' : ''}?`,
        );
        await vault.delete(at, {
          recursive,
          ...(ifMatch === undefined ? {} : { ifMatch }),
          ...within(context),
        });
        return { content: `Deleted ${shownPath(at)}` };
      },
    }),
  ];
}

/** An edit in the terms of the tools. */
export function textEdit(edit: {
  readonly oldText: string;
  readonly newText: string;
  readonly all?: boolean | undefined;
}): { readonly search: string; readonly replace: string; readonly all: boolean } {
  return { search: edit.oldText, replace: edit.newText, all: edit.all ?? false };
}

/** What a copy or a move does, once a person has agreed to it. */
async function transferOf(
  { pathOf }: Workplace,
  verb: string,
  {
    source,
    destination,
    ifMatch,
  }: { readonly source: string; readonly destination: string; readonly ifMatch?: string | undefined },
  context: ToolContext,
): Promise<{ readonly from: string; readonly to: string; readonly options: TransferOptions }> {
  const [from, to] = [pathOf(source), pathOf(destination)];
  const kinds: ConsentKind[] = ifMatch === undefined ? ['write'] : ['write', 'overwrite'];
  const over = ifMatch === undefined ? 'to' : 'over';
  await context.consent?.(kinds, `${verb} ${shownPath(from)} ${over} ${shownPath(to)}?`);
  const options = { ...within(context), ...(ifMatch === undefined ? {} : { overwrite: true, ifMatch }) };
  return { from, to, options };
}

async function askToReplace({ vault }: Workplace, path: string, context: ToolContext): Promise<void> {
  if (context.consent === undefined) return;
  const isThere = await vault.exists(path, within(context));
  await context.consent(
    isThere ? ['write', 'overwrite'] : ['write'],
    `${isThere ? 'Replace' : 'Create'} ${shownPath(path)}?`,
  );
}

export function written(path: string, etag: string | undefined, content: string): ToolAnswer {
  const data = { path: shownPath(path), ...(etag === undefined ? {} : { etag }) };
  return { content, data, ...remarkOn({ etag }) };
}
