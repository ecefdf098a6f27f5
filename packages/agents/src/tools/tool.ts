import type { FileBackend, SyncFileBackend } from '@f9/core';
import { backendError } from '@f9/core/driver';
import { prettifyError, type ZodObject, type output as ZodOutput } from 'zod';
import type { ToolAnswer } from './answer.ts';
import { failure } from './failure.ts';

/** What a client may tell its user about a tool before it runs; the terms of the Model Context Protocol. */
export interface ToolHints {
  /** Whether it changes nothing. */
  readonly readOnly: boolean;
  /** Whether it can replace or remove what is there. */
  readonly destructive: boolean;
  /** Whether the same call again changes nothing more. */
  readonly idempotent: boolean;
  /** Whether it reaches beyond the vault, to a remote. */
  readonly openWorld: boolean;
}

/**
 * What a call may need a person's consent for: to delete, to replace what is there, to reach another vault or a remote, or to change
 * any file at all, which the first two do as well.
 */
export type ConsentKind = 'delete' | 'overwrite' | 'sync' | 'write';

/** What surrounds one call. */
export interface ToolContext {
  /** Ends the call. */
  readonly signal?: AbortSignal | undefined;
  /** Told while something long goes on. */
  readonly onProgress?:
    | ((progress: { readonly done: number; readonly total: number; readonly what: string }) => void)
    | undefined;
  /** Asked before anything changes, with all kinds of it. What it throws is the answer; without it everything is allowed. */
  readonly consent?: ((kinds: readonly ConsentKind[], question: string) => Promise<void>) | undefined;
}

/** A tool as every framework wants it. */
export interface VaultTool {
  /** What the model calls it by. */
  readonly name: string;
  /** For people. */
  readonly title: string;
  /** For the model: what it does, and when to use it. */
  readonly description: string;
  /** What it takes. */
  readonly input: ZodObject;
  /** For clients that ask before something is changed. */
  readonly hints: ToolHints;
  /** Checks the input; never throws for what a vault or a model does wrong, only where the call was aborted. */
  run(input: unknown, context?: ToolContext): Promise<ToolAnswer>;
}

/** What the tools work on. */
export interface Workplace {
  /** The tree that paths lead through. */
  readonly vault: FileBackend;
  /** Vaults with a remote by their name in the tree; `''` where the tree is one of them. */
  readonly remotes: ReadonlyMap<string, SyncFileBackend>;
  /** Vaults by name, where the tree is made of several. */
  readonly parts: ReadonlyMap<string, FileBackend>;
  /** Bytes of text in one answer. */
  readonly maxBytes: number;
  /** Bytes of base64 in one answer. */
  readonly maxMediaBytes: number;
  /** A path as a model gave it, as the vault knows it. */
  readonly pathOf: (given: string) => string;
}

/** How a tool is written: its input typed by its schema. */
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

/** Options of a vault's operation that end with the call. */
export function within({ signal }: ToolContext): { readonly signal?: AbortSignal } {
  return signal === undefined ? {} : { signal };
}
