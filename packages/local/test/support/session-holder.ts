import { LocalFileBackend } from '../../src/index.ts';

// Holds the session of a vault: until it is killed, or until whoever started it closes its input, which ends it in the middle.

const backend = await LocalFileBackend.open({ root: process.argv[2]! });
await backend.syncSession();
process.stdout.write('held\n');
process.stdin.on('end', () => process.exit()).resume();
