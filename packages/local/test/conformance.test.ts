import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type ConformanceStore, type SessionHolderProcess, testBackend } from '@f9/conformance';
import { describe, test } from 'vitest';
import { LocalFileBackend } from '../src/index.ts';

for (const io of ['auto', 'async'] as const) {
  await testBackend(
    { describe, test },
    { name: `local, io: ${io}`, createStore: () => createStore(io), resources: openFiles },
  );
}

function createStore(io: 'auto' | 'async'): ConformanceStore {
  const folder = fs.realpathSync(fs.mkdtempSync(join(tmpdir(), 'f9-local-')));
  const root = join(folder, 'vault');
  fs.mkdirSync(root);
  return {
    createBackend: () => new LocalFileBackend({ root, io, durability: 'none' }),
    secrets: [folder],
    createSymlink: (target, path) => {
      fs.mkdirSync(dirname(join(root, path)), { recursive: true });
      fs.symlinkSync(target, join(root, path));
    },
    holdSession: () => holdSession(root),
    dispose: () => fs.rmSync(folder, { recursive: true }),
  };
}

async function holdSession(root: string): Promise<SessionHolderProcess> {
  const script = fileURLToPath(new URL('session-holder.ts', import.meta.url));
  const child = spawn(process.execPath, ['--conditions=@f9/source', script, root], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  return {
    pid: child.pid!,
    [Symbol.asyncDispose]: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill('SIGKILL');
      await once(child, 'exit');
    },
  };
}

function openFiles(): number {
  return process.platform === 'linux' ? fs.readdirSync('/proc/self/fd').length : 0;
}
