import { GitSyncFileBackend, type GitSyncFileBackendOptions } from '../src/index.ts';

// A process that holds the session of a vault until it is killed.

const backend = await GitSyncFileBackend.open(JSON.parse(process.argv[2]!) as GitSyncFileBackendOptions);
await backend.syncSession();
process.stdout.write('held\n');
// Whoever started it may be gone.
process.stdin.on('end', () => process.exit()).resume();
