import type { JobName } from './jobs.ts';

/** What another process is told. */
export type Order =
  | { readonly open: string; readonly data: unknown }
  | { readonly job: JobName; readonly args: unknown }
  | { readonly goOn: true }
  | { readonly isOver: true }
  | { readonly end: true };

/** What another process tells. */
export type Report =
  | { readonly isOpen: true }
  | { readonly waits: true }
  | { readonly told: unknown }
  | { readonly result: unknown }
  | { readonly failure: string };
