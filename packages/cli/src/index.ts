export { run } from './run.ts';
export { EXIT } from './terminal/exit-codes.ts';
export type { Input, Io, Terminal } from './terminal/io.ts';
export { Stopped } from './terminal/io.ts';
