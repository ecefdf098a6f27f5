export { EXIT } from './exit-codes.ts';
export type { Input, Io, Terminal } from './io.ts';
export { Stopped } from './io.ts';
export { run } from './run.ts';
