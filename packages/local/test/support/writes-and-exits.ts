import { LocalFileBackend } from '../../src/index.ts';

// Writes, and ends without disposing anything.

const backend = await LocalFileBackend.open({ root: process.argv[2]!, durability: 'none' });
await backend.create('file.txt', { data: 'x' });
await backend.update('file.txt', { data: 'y', append: true });
