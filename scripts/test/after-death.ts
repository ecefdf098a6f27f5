import { spawn } from 'node:child_process';

/**
 * Runs a shell script once this process is gone, however it went: a server that it started must not outlive it. Whoever ends the server
 * himself disposes of this first.
 */
export function afterDeath(script: string, ...args: readonly string[]): Disposable {
  // Its input ends with this process. A group of its own: what is sent to all of this one's does not reach it.
  const guard = spawn('sh', ['-c', `cat > /dev/null; ${script}`, 'after-death', ...args], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
    cwd: '/',
  });
  guard.unref();
  // A pipe to another process is a socket, and would keep this one alive.
  (guard.stdin as unknown as { unref(): void }).unref();
  return {
    [Symbol.dispose]: () => {
      guard.kill('SIGKILL');
      guard.stdin.destroy();
    },
  };
}
