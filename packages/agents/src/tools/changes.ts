import { type FileBackend, isFileBackendError } from '@f9/core';
import { backendError } from '@f9/core/driver';
import { applyEdits, textOf } from '@f9/text';
import { z } from 'zod';
import { shownPath } from './paths.ts';
import { CHANGES, defineTool, type ToolContext, type VaultTool, type Workplace, within } from './tool.ts';
import { EDITS, textEdit } from './writing.ts';

const CHANGES_AT_ONCE = 50;

const CHANGE = z.discriminatedUnion('action', [
  z.object({ action: z.literal('write'), path: z.string(), content: z.string() }),
  z.object({ action: z.literal('append'), path: z.string(), content: z.string() }),
  z.object({ action: z.literal('edit'), path: z.string(), edits: EDITS }),
  z.object({ action: z.literal('move'), path: z.string(), to: z.string() }),
  z.object({ action: z.literal('delete'), path: z.string() }),
]);

type Change = z.infer<typeof CHANGE>;

/** The tool that makes several changes as one. */
export function changesTool(place: Workplace): VaultTool {
  const { vault } = place;
  return defineTool({
    name: 'apply_changes',
    title: 'Apply changes',
    description:
      'Up to 50 changes of files in order, checked before the first is made; nothing else gets in between.',
    input: z.object({ changes: z.array(CHANGE).min(1).max(CHANGES_AT_ONCE) }),
    hints: CHANGES,
    body: async ({ changes }, context) => {
      const kind = changes.some(({ action }) => action === 'delete') ? 'delete' : 'overwrite';
      await context.consent?.(
        kind,
        `Make ${changes.length} changes: ${changes.map(summary(place)).join(', ')}?`,
      );
      const options = within(context);
      return await vault.syncSession(async (session) => {
        const plan = new Plan(session, place, context);
        for (const [index, change] of changes.entries()) await plan.add(change, index);
        await plan.carryOut();
        return { content: changes.map(summary(place)).join('\n') };
      }, options);
    },
  });
}

function summary({ pathOf }: Workplace): (change: Change) => string {
  return (change) => {
    const to = change.action === 'move' ? ` to ${shownPath(pathOf(change.to))}` : '';
    return `${change.action} ${shownPath(pathOf(change.path))}${to}`;
  };
}

/** What a file will be: its text, or nothing. */
interface Planned {
  readonly bytes: Uint8Array | undefined;
  /** The version that the plan was made on, for files that are there. */
  readonly etag: string | undefined;
  readonly isThere: boolean;
}

/** Changes, made on what is there now in memory first. */
class Plan {
  readonly #vault: FileBackend;
  readonly #place: Workplace;
  readonly #context: ToolContext;
  readonly #files = new Map<string, Planned>();

  constructor(vault: FileBackend, place: Workplace, context: ToolContext) {
    this.#vault = vault;
    this.#place = place;
    this.#context = context;
  }

  /** Makes one more change, in memory. @throws what it would fail for, with its number */
  async add(change: Change, index: number): Promise<void> {
    try {
      await this.#add(change);
    } catch (error) {
      if (!isFileBackendError(error)) throw error;
      const message = `Change ${index + 1} (${change.action}): ${error.message}; nothing was changed`;
      throw backendError(error.code, message, error.path === undefined ? {} : { path: error.path });
    }
  }

  /** Writes what was planned; what others changed since it was looked at is `PRECONDITION_FAILED`. */
  async carryOut(): Promise<void> {
    for (const [path, { bytes, etag, isThere }] of this.#files) {
      const options = within(this.#context);
      const condition = etag === undefined ? options : { ...options, ifMatch: etag };
      if (bytes === undefined) {
        if (isThere) await this.#vault.delete(path, condition);
      } else if (isThere) await this.#vault.update(path, { data: bytes, ...condition });
      else await this.#vault.create(path, { data: bytes, ...options });
    }
  }

  async #add(change: Change): Promise<void> {
    const path = this.#place.pathOf(change.path);
    const before = await this.#look(path);
    switch (change.action) {
      case 'write':
        return this.#set(path, before, Buffer.from(change.content));
      case 'append':
        return this.#set(
          path,
          before,
          Buffer.concat([before.bytes ?? new Uint8Array(), Buffer.from(change.content)]),
        );
      case 'edit': {
        const text = textOf(existing(path, before), path);
        return this.#set(path, before, Buffer.from(applyEdits(text, change.edits.map(textEdit), path)));
      }
      case 'delete':
        existing(path, before);
        return this.#set(path, before, undefined);
      case 'move': {
        const to = this.#place.pathOf(change.to);
        const target = await this.#look(to);
        if (target.bytes !== undefined)
          throw backendError('ALREADY_EXISTS', `${JSON.stringify(to)} is there`, { path: to });
        this.#set(to, target, existing(path, before));
        return this.#set(path, before, undefined);
      }
    }
  }

  #set(path: string, before: Planned, bytes: Uint8Array | undefined): void {
    this.#files.set(path, { ...before, bytes });
  }

  async #look(path: string): Promise<Planned> {
    const planned = this.#files.get(path);
    if (planned !== undefined) return planned;
    const options = within(this.#context);
    try {
      const { etag } = await this.#vault.info(path, options);
      return { bytes: await this.#vault.read(path, options), etag, isThere: true };
    } catch (error) {
      if (!isFileBackendError(error, 'NOT_FOUND')) throw error;
      return { bytes: undefined, etag: undefined, isThere: false };
    }
  }
}

function existing(path: string, { bytes }: Planned): Uint8Array {
  if (bytes !== undefined) return bytes;
  throw backendError('NOT_FOUND', `${JSON.stringify(path)} is not there`, { path });
}
