import { type ChildProcess, execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { clearTimeout, setTimeout } from 'node:timers';

/** Milliseconds for processes to remove their lock files before they are killed. */
const GRACE = 300;

/**
 * Ends a process with everything it started: git's transports go on waiting for a silent server after git itself is gone. The process
 * has ended when it emits `close`.
 */
export function endProcessTree(child: ChildProcess): void {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const root = child.pid;
  if (process.platform === 'win32') {
    execFileSync('taskkill', ['/pid', String(root), '/T', '/F'], { stdio: 'ignore' });
    return;
  }
  const tree = new Set(withDescendants(root));
  signalAll(tree, 'SIGTERM');
  const kill = setTimeout(() => {
    for (const pid of [...tree]) for (const late of withDescendants(pid)) tree.add(late);
    signalAll(tree, 'SIGKILL');
  }, GRACE);
  child.once('close', () => clearTimeout(kill));
}

function signalAll(pids: Iterable<number>, signal: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, signal);
    } catch {
      // The process has ended by itself.
    }
  }
}

function withDescendants(root: number): number[] {
  const childrenOf = process.platform === 'linux' ? childrenFromProc : childrenFromPs();
  const found = [root];
  for (const pid of found) found.push(...childrenOf(pid));
  return found;
}

function childrenFromProc(pid: number): number[] {
  try {
    const list = readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1').trim();
    return list === '' ? [] : list.split(' ').map(Number);
  } catch {
    return [];
  }
}

function childrenFromPs(): (pid: number) => number[] {
  const rows = execFileSync('ps', ['-Ao', 'pid=,ppid='], { encoding: 'latin1' })
    .trim()
    .split('\n')
    .map((row) => row.trim().split(/\s+/).map(Number));
  return (parent) => rows.filter(([, ppid]) => ppid === parent).map(([pid]) => pid!);
}
