import { LocalFileBackend } from '../src/index.ts';

// A process that holds the session of a vault until it is killed.

const backend = await LocalFileBackend.open({ root: process.argv[2]! });
await backend.syncSession();
process.stdout.write('held\n');
// Whoever started it may be gone.
process.stdin.on('end', () => process.exit()).resume();
