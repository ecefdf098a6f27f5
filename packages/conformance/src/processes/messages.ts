import type { JobName } from './jobs.ts';

/** A message to another process. */
export type Order =
  | { readonly open: string; readonly data: unknown }
  | { readonly job: JobName; readonly args: unknown }
  | { readonly goOn: true }
  | { readonly isOver: true }
  | { readonly end: true };

/** A message from another process. */
export type Report =
  | { readonly isOpen: true }
  | { readonly waits: true }
  | { readonly told: unknown }
  | { readonly result: unknown }
  | { readonly failure: string };
