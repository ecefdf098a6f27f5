import type { FileBackend, SyncFileBackend } from '@f9/core';
import { backendError } from '@f9/core/driver';
import { prettifyError, type ZodObject, type output as ZodOutput } from 'zod';
import type { ToolAnswer } from './answer.ts';
import { failure } from './failure.ts';

/** Facts that a client may tell its user before a tool runs, in the terms of the Model Context Protocol. */
export interface ToolHints {
  /** Whether it changes nothing. */
  readonly readOnly: boolean;
  /** Whether it can replace or remove files. */
  readonly destructive: boolean;
  /** Whether the same call again changes nothing more. */
  readonly idempotent: boolean;
  /** Whether it reaches beyond the vault, to a remote. */
  readonly openWorld: boolean;
}

/**
 * Kinds of changes that may need a person's consent: to delete, to replace a file, to reach another vault or a remote, or to change
 * any file at all, as the first two also do.
 */
export type ConsentKind = 'delete' | 'overwrite' | 'sync' | 'write';

/** The surroundings of one call. */
export interface ToolContext {
  /** Ends the call. */
  readonly signal?: AbortSignal | undefined;
  /** Called with the progress of long work. */
  readonly onProgress?:
    | ((progress: { readonly done: number; readonly total: number; readonly what: string }) => void)
    | undefined;
  /**
   * Asks for consent to all kinds of changes, before any is made. An error that it throws is the answer; without it everything is
   * allowed.
   */
  readonly consent?: ((kinds: readonly ConsentKind[], question: string) => Promise<void>) | undefined;
}

/** A tool in the form that every framework wants. */
export interface VaultTool {
  /** The name that the model calls. */
  readonly name: string;
  /** A title for people. */
  readonly title: string;
  /** A description for the model: its effect, and when to use it. */
  readonly description: string;
  /** The schema of its input. */
  readonly input: ZodObject;
  /** Hints for clients that ask before something is changed. */
  readonly hints: ToolHints;
  /** Checks the input and runs the tool. Mistakes of a vault or a model are answers; it throws only if the call was aborted. */
  run(input: unknown, context?: ToolContext): Promise<ToolAnswer>;
}

/** Everything that tools work on. */
export interface Workplace {
  /** The tree of all paths. */
  readonly vault: FileBackend;
  /** Vaults with a remote by their name in the tree; `''` where the tree is one of them. */
  readonly remotes: ReadonlyMap<string, SyncFileBackend>;
  /** Vaults by name, where the tree is made of several. */
  readonly parts: ReadonlyMap<string, FileBackend>;
  /** Most bytes of text in one answer. */
  readonly maxBytes: number;
  /** Most bytes of base64 in one answer. */
  readonly maxMediaBytes: number;
  /** The vault's path for one that a model gave. */
  readonly pathOf: (given: string) => string;
}

/** The definition of a tool, whose input is typed by its schema. */
export interface ToolDefinition<Input extends ZodObject> {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly input: Input;
  readonly hints: ToolHints;
  readonly body: (input: ZodOutput<Input>, context: ToolContext) => Promise<ToolAnswer>;
}

export const READS: ToolHints = { readOnly: true, destructive: false, idempotent: true, openWorld: false };
export const ADDS: ToolHints = { readOnly: false, destructive: false, idempotent: false, openWorld: false };
export const CHANGES: ToolHints = { readOnly: false, destructive: true, idempotent: false, openWorld: false };

/** The tool that a definition describes. */
export function defineTool<Input extends ZodObject>({ body, ...rest }: ToolDefinition<Input>): VaultTool {
  return {
    ...rest,
    run: async (given, context = {}) => {
      try {
        const parsed = rest.input.safeParse(given ?? {});
        if (!parsed.success) {
          throw backendError('INVALID_ARGUMENT', `${rest.name}: ${prettifyError(parsed.error)}`);
        }
        return await body(parsed.data, context);
      } catch (error) {
        context.signal?.throwIfAborted();
        return failure(error);
      }
    },
  };
}

/** Options that end a vault's operation with the call. */
export function within({ signal }: ToolContext): { readonly signal?: AbortSignal } {
  return signal === undefined ? {} : { signal };
}
