import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';

/** Why the shim cannot be used here; `undefined` where it can. */
export function whyNoShim(): string | undefined {
  if (process.platform !== 'linux') return 'needs Linux: the shim is written for it';
  return whyNoTool('cc');
}

/** Why calls cannot be traced here; `undefined` where they can. */
export function whyNoTrace(): string | undefined {
  const reason = whyNoShim() ?? whyNoTool('strace');
  if (reason !== undefined) return reason;
  const { status, stderr } = spawnSync('strace', ['-o', '/dev/null', 'true'], { encoding: 'utf8' });
  return status === 0 ? undefined : `needs strace: this user may not trace, ${stderr.trim()}`;
}

/** Why no small disk can be mounted here; `undefined` where it can. */
export function whyNoMount(): string | undefined {
  if (process.platform !== 'linux') return 'needs Linux: small disks are tmpfs';
  const missing = whyNoTool('unshare');
  if (missing !== undefined) return missing;
  const [program, ...args] = onSmallDisk(tmpdir(), ['true']);
  const { status, stderr } = spawnSync(program!, args, { encoding: 'utf8' });
  return status === 0 ? undefined : `needs unshare: this user may not mount a tmpfs, ${stderr.trim()}`;
}

/** A command that runs `command` where a disk of 1 MB is mounted at `folder`, which nobody else sees and which ends with it. */
export function onSmallDisk(folder: string, command: readonly string[]): string[] {
  const asRoot = process.getuid?.() === 0 ? [] : ['--map-root-user'];
  const script = 'mount -t tmpfs -o size=1m tmpfs "$0" && exec "$@"';
  return ['unshare', ...asRoot, '--mount', 'sh', '-c', script, folder, ...command];
}

/** Why processes are not raced here; `undefined` where they are. */
export function whyNoRace(): string | undefined {
  return process.platform === 'linux'
    ? undefined
    : 'needs Linux: this part of the harness was only ever run there';
}

/** Why handles cannot be limited and counted here; `undefined` where they can. */
export function whyNoHandleLimit(): string | undefined {
  if (process.platform !== 'linux') return 'needs Linux: handles are counted in /proc';
  return whyNoTool('bash');
}

/** Why a race against symlinks proves nothing here; `undefined` where it does. */
export function whyNoSymlinkRace(): string | undefined {
  return process.platform === 'linux'
    ? undefined
    : 'needs Linux: only where /proc tells where an open file is no window is left';
}

/** Why a process cannot become another user here; `undefined` where it can. */
export function whyNoOtherUser(): string | undefined {
  return process.getuid?.() === 0 ? undefined : 'needs root: nobody else can become another user';
}

function whyNoTool(tool: string): string | undefined {
  return spawnSync(tool, ['--version'], { stdio: 'ignore' }).status === 0 ? undefined : `needs ${tool}`;
}
