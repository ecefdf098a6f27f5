import { LocalFileBackend } from '../../src/index.ts';

// Moves a file that belongs to somebody else, then onto one that is there.

const backend = await LocalFileBackend.open({ root: process.argv[2]! });
const first = await backend.move('theirs.txt', 'moved.txt').then(() => 'moved', String);
const second = await backend
  .move('moved.txt', 'there.txt')
  .then(String, (error: { code: string }) => error.code);
process.stdout.write(`${JSON.stringify([first, second])}\n`);
