import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';

/** Why the shim cannot be used here; `undefined` where it can. */
export function whyNoShim(): string | undefined {
  if (process.platform !== 'linux') return 'the shim is written for Linux';
  return whyNoTool('cc', 'gcc libc6-dev');
}

/** Why calls cannot be traced here; `undefined` where they can. */
export function whyNoTrace(): string | undefined {
  const reason = whyNoShim() ?? whyNoTool('strace', 'strace');
  if (reason !== undefined) return reason;
  const { status, stderr } = spawnSync('strace', ['-o', '/dev/null', 'true'], { encoding: 'utf8' });
  return status === 0 ? undefined : `this user may not trace (${stderr.trim()})`;
}

/** Why no small disk can be mounted here; `undefined` where it can. */
export function whyNoMount(): string | undefined {
  if (process.platform !== 'linux') return 'small disks are tmpfs, which is of Linux';
  const missing = whyNoTool('unshare', 'util-linux');
  if (missing !== undefined) return missing;
  const [program, ...args] = onSmallDisk(tmpdir(), ['true']);
  const { status, stderr } = spawnSync(program!, args, { encoding: 'utf8' });
  return status === 0 ? undefined : `this user may not mount a tmpfs (${stderr.trim()})`;
}

/** A command that runs `command` where a disk of 1 MB is mounted at `folder`, which nobody else sees and which ends with it. */
export function onSmallDisk(folder: string, command: readonly string[]): string[] {
  const asRoot = process.getuid?.() === 0 ? [] : ['--map-root-user'];
  const script = 'mount -t tmpfs -o size=1m tmpfs "$0" && exec "$@"';
  return ['unshare', ...asRoot, '--mount', 'sh', '-c', script, folder, ...command];
}

/** Why processes are not raced here; `undefined` where they are. */
export function whyNoRace(): string | undefined {
  return process.platform === 'linux' ? undefined : 'this part of the harness was only ever run on Linux';
}

/** Why handles cannot be limited and counted here; `undefined` where they can. */
export function whyNoHandleLimit(): string | undefined {
  if (process.platform !== 'linux') return 'handles are counted in /proc, which is of Linux';
  return whyNoTool('bash', 'bash');
}

/** Why a race against symlinks proves nothing here; `undefined` where it does. */
export function whyNoSymlinkRace(): string | undefined {
  return process.platform === 'linux'
    ? undefined
    : 'only where /proc tells where an open file is no window is left';
}

/** Why a process cannot become another user here; `undefined` where it can. */
export function whyNoOtherUser(): string | undefined {
  return process.getuid?.() === 0 ? undefined : 'only root can become another user';
}

/** With F9_REQUIRE_TOOLS=1 a tool that is missing is an error. */
function whyNoTool(tool: string, aptPackages: string): string | undefined {
  if (spawnSync(tool, ['--version'], { stdio: 'ignore' }).status === 0) return undefined;
  const reason = `there is no ${tool} on this machine (install ${aptPackages})`;
  if (process.env.F9_REQUIRE_TOOLS === '1') throw new Error(`F9_REQUIRE_TOOLS=1, and ${reason}`);
  return reason;
}
