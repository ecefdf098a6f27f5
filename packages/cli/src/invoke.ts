import type { Context } from './context.ts';

/** The body of a verb; gives the exit code. */
export type Body<A extends unknown[]> = (context: Context, ...args: A) => Promise<number>;
/** Turns the body of a verb into the function that commander calls. */
export type Invoke = <A extends unknown[]>(verb: string, body: Body<A>) => (...args: A) => Promise<void>;
