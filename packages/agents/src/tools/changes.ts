import { type FileBackend, isFileBackendError } from '@f9/core';
import { backendError, normalizePath, preconditionFailed } from '@f9/core/driver';
import { applyEdits, textOf } from '@f9/text/files';
import { z } from 'zod';
import { shownPath } from './paths.ts';
import {
  CHANGES,
  type ConsentKind,
  defineTool,
  type ToolContext,
  type VaultTool,
  type Workplace,
  within,
} from './tool.ts';
import { EDITS, textEdit } from './writing.ts';

const CHANGES_AT_ONCE = 50;

/** A change as it is told to models, many of which take no alternatives in a schema. */
const TOLD = z.object({
  action: z.enum(['write', 'append', 'edit', 'move', 'delete']),
  path: z.string(),
  content: z.string().optional().describe('To write or append'),
  edits: EDITS.optional(),
  to: z.string().optional().describe('Where to move'),
  ifMatch: z.string().optional(),
});

const OF_ALL = { path: z.string(), ifMatch: z.string().optional() };
const CHANGE = z.discriminatedUnion('action', [
  z.object({ action: z.literal('write'), ...OF_ALL, content: z.string() }),
  z.object({ action: z.literal('append'), ...OF_ALL, content: z.string() }),
  z.object({ action: z.literal('edit'), ...OF_ALL, edits: EDITS }),
  z.object({ action: z.literal('move'), ...OF_ALL, to: z.string() }),
  z.object({ action: z.literal('delete'), ...OF_ALL }),
]);

type Change = z.infer<typeof CHANGE>;

/** The tool that makes several changes as one. */
export function changesTool(place: Workplace): VaultTool {
  const { vault } = place;
  return defineTool({
    name: 'apply_changes',
    title: 'Apply changes',
    description:
      'Up to 50 changes of files in order, checked before the first is made: all or none, but for what others do meanwhile.',
    input: z.object({ changes: z.array(TOLD.pipe(CHANGE)).min(1).max(CHANGES_AT_ONCE) }),
    hints: CHANGES,
    body: async ({ changes }, context) => {
      await context.consent?.(
        await kindsOf(changes, place, context),
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

async function kindsOf(
  changes: readonly Change[],
  { vault, pathOf }: Workplace,
  context: ToolContext,
): Promise<ConsentKind[]> {
  const kinds: ConsentKind[] = ['write'];
  if (changes.some(({ action }) => action === 'delete')) kinds.push('delete');
  for (const { action, path } of changes) {
    if (action !== 'write' || !(await vault.exists(pathOf(path), within(context)))) continue;
    kinds.push('overwrite');
    break;
  }
  return kinds;
}

function summary({ pathOf }: Workplace): (change: Change) => string {
  return (change) => {
    const to = change.action === 'move' ? ` to ${shownPath(pathOf(change.to))}` : '';
    return `${change.action} ${shownPath(pathOf(change.path))}${to}`;
  };
}

/** A file as it is, and as it will be. */
interface Planned {
  readonly path: string;
  readonly isThere: boolean;
  /** The version that the plan was made on, for files that exist. */
  readonly etag: string | undefined;
  /** The new content; `undefined` for a file that is removed, `'kept'` while the old content was not yet needed. */
  readonly content: Uint8Array | 'kept' | undefined;
  /**
   * How to go on if somebody else changes the file first: make the same changes in its new content, write `content` all the same, or
   * refuse.
   */
  readonly ifChanged: ((now: Uint8Array) => Uint8Array) | 'replace' | 'refuse';
}

/** Changes, made in memory first, on the present content. */
class Plan {
  readonly #vault: FileBackend;
  readonly #place: Workplace;
  readonly #context: ToolContext;
  /** Files by the vault's own spelling of their path, since several spellings may be one file. */
  readonly #files = new Map<string, Planned>();

  constructor(vault: FileBackend, place: Workplace, context: ToolContext) {
    this.#vault = vault;
    this.#place = place;
    this.#context = context;
  }

  /** Makes one more change, in memory. @throws the error that it would fail with, with its number */
  async add(change: Change, index: number): Promise<void> {
    try {
      await this.#add(change);
    } catch (error) {
      throw withMessage(
        error,
        (said) => `Change ${index + 1} (${change.action}): ${said}; nothing was changed`,
      );
    }
  }

  /**
   * Writes the planned changes. @throws the error of a change that others have made impossible, with those that were written before
   * it
   */
  async carryOut(): Promise<void> {
    const done: string[] = [];
    for (const planned of this.#files.values()) {
      try {
        await this.#carryOut(planned);
        done.push(shownPath(planned.path));
      } catch (error) {
        const before = done.length === 0 ? 'nothing was changed' : `changed before: ${done.join(', ')}`;
        throw withMessage(error, (said) => `${said}; ${before}`);
      }
    }
  }

  async #carryOut({ path, content, etag, isThere, ifChanged }: Planned): Promise<void> {
    const options = within(this.#context);
    const asPlanned = etag === undefined ? options : { ...options, ifMatch: etag };
    if (content === 'kept') return;
    if (content === undefined) {
      if (isThere) await this.#vault.delete(path, ifChanged === 'refuse' ? asPlanned : options);
    } else if (ifChanged === 'replace') {
      await this.#vault.create(path, { data: content, overwrite: true, ...options });
    } else if (ifChanged === 'refuse') {
      if (isThere) await this.#vault.update(path, { data: content, ...asPlanned });
      else await this.#vault.create(path, { data: content, ...options });
    } else if (isThere || !(await this.#isCreated(path, content))) {
      await this.#vault.edit(path, ifChanged, options);
    }
  }

  /** Makes a file, unless somebody else has made it meanwhile. */
  async #isCreated(path: string, content: Uint8Array): Promise<boolean> {
    try {
      await this.#vault.create(path, { data: content, ...within(this.#context) });
      return true;
    } catch (error) {
      if (isFileBackendError(error, 'ALREADY_EXISTS')) return false;
      throw error;
    }
  }

  async #add(change: Change): Promise<void> {
    const planned = await this.#look(this.#place.pathOf(change.path), change.ifMatch);
    switch (change.action) {
      case 'write':
        return this.#set({ ...replaced(planned), content: Buffer.from(change.content) });
      case 'append': {
        const before = planned.content === undefined ? new Uint8Array() : await this.#bytesOf(planned);
        return this.#change(planned, before, (now) => Buffer.concat([now, Buffer.from(change.content)]));
      }
      case 'edit': {
        const edits = change.edits.map(textEdit);
        return this.#change(planned, await this.#bytesOf(planned), (now) =>
          Buffer.from(applyEdits(textOf(now, planned.path), edits, planned.path)),
        );
      }
      case 'delete':
        assertThere(planned);
        return this.#set({ ...replaced(planned), content: undefined });
      case 'move': {
        const target = await this.#look(this.#place.pathOf(change.to));
        if (target.content !== undefined) {
          throw backendError('ALREADY_EXISTS', `${JSON.stringify(target.path)} is there`, {
            path: target.path,
          });
        }
        this.#set({ ...target, content: await this.#bytesOf(planned), ifChanged: 'refuse' });
        return this.#set({ ...planned, content: undefined, ifChanged: 'refuse' });
      }
    }
  }

  #change(planned: Planned, before: Uint8Array, make: (now: Uint8Array) => Uint8Array): void {
    const { ifChanged: earlier } = planned;
    const ifChanged = typeof earlier === 'function' ? (now: Uint8Array) => make(earlier(now)) : earlier;
    this.#set({ ...planned, content: make(before), ifChanged });
  }

  #set(planned: Planned): void {
    this.#files.set(normalizePath(planned.path), planned);
  }

  /** The file as it is planned so far. @throws `PRECONDITION_FAILED` where it is not in the version that a change asks for */
  async #look(path: string, ifMatch?: string): Promise<Planned> {
    const planned = this.#files.get(normalizePath(path)) ?? (await this.#lookFirst(path));
    if (ifMatch === undefined) return planned;
    if (planned.etag !== ifMatch) throw preconditionFailed(path);
    return { ...planned, ifChanged: 'refuse' };
  }

  async #lookFirst(path: string): Promise<Planned> {
    try {
      const { etag, isDir } = await this.#vault.info(path, within(this.#context));
      if (isDir) throw backendError('IS_DIRECTORY', `${JSON.stringify(path)} is a directory`, { path });
      return { path, isThere: true, etag, content: 'kept', ifChanged: (now) => now };
    } catch (error) {
      if (!isFileBackendError(error, 'NOT_FOUND')) throw error;
      return { path, isThere: false, etag: undefined, content: undefined, ifChanged: (now) => now };
    }
  }

  async #bytesOf(planned: Planned): Promise<Uint8Array> {
    assertThere(planned);
    return planned.content === 'kept'
      ? await this.#vault.read(planned.path, within(this.#context))
      : planned.content!;
  }
}

/** What it held does not matter any more, unless it is to be somewhere else. */
function replaced(planned: Planned): Planned {
  return { ...planned, ifChanged: planned.ifChanged === 'refuse' ? 'refuse' : 'replace' };
}

function assertThere({ path, content }: Planned): void {
  if (content === undefined)
    throw backendError('NOT_FOUND', `${JSON.stringify(path)} is not there`, { path });
}

/** The same error with a longer message; an error that is not ours as it is. */
function withMessage(error: unknown, say: (message: string) => string): unknown {
  if (!isFileBackendError(error)) return error;
  const { code, message, path } = error;
  return backendError(code, say(message), path === undefined ? {} : { path });
}
