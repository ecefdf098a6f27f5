import { isFileBackendError } from '@f9/core';
import { editText } from '@f9/text/files';
import { type ZodArray, type ZodBoolean, type ZodObject, type ZodOptional, type ZodString, z } from 'zod';
import type { ToolAnswer } from './answer.ts';
import { cutTo } from './bounds.ts';
import { directoryFrom, shownPath } from './paths.ts';
import { remarkOn } from './remark.ts';
import {
  ADDS,
  CHANGES,
  defineTool,
  type ToolContext,
  type VaultTool,
  type Workplace,
  within,
} from './tool.ts';

const IF_MATCH = { ifMatch: z.string().optional().describe('Only if the etag is still this') };

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
      input: z.object({ path: z.string(), content: z.string(), ...IF_MATCH }),
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
      input: z.object({ path: z.string(), content: z.string() }),
      hints: ADDS,
      body: async ({ path, content }, context) => {
        const at = pathOf(path);
        await context.consent?.(['write'], `Append to ${shownPath(at)}?`);
        const info = await vault.update(at, {
          data: content,
          append: true,
          create: true,
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
      description: 'Move a file or directory; an existing destination is an error.',
      input: z.object({ source: z.string(), destination: z.string() }),
      hints: CHANGES,
      body: async ({ source, destination }, context) => {
        const [from, to] = [pathOf(source), pathOf(destination)];
        await context.consent?.(['write'], `Move ${shownPath(from)} to ${shownPath(to)}?`);
        await vault.move(from, to, within(context));
        return { content: `Moved ${shownPath(from)} to ${shownPath(to)}` };
      },
    }),
    defineTool({
      name: 'copy_file',
      title: 'Copy',
      description: 'Copy a file or directory; an existing destination is an error.',
      input: z.object({ source: z.string(), destination: z.string() }),
      hints: ADDS,
      body: async ({ source, destination }, context) => {
        const [from, to] = [pathOf(source), pathOf(destination)];
        await context.consent?.(['write'], `Copy ${shownPath(from)} to ${shownPath(to)}?`);
        await vault.copy(from, to, within(context));
        return { content: `Copied ${shownPath(from)} to ${shownPath(to)}` };
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
