import { spawnSync } from 'node:child_process';
import { existsSync, globSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** What a test may need of the machine it runs on. */
export interface Need {
  /** What to do where it is missing. */
  readonly advice: string;
  /** The program, where it is one that can be installed. */
  readonly program?: string;
}

/** Titles of tests name them: `(needs strace)`, `(needs Linux, root)`, `(needs unshare: this user may not mount)`. */
export const NEEDS: Readonly<Record<string, Need>> = {
  git: { program: 'git', advice: 'install git 2.38 or newer' },
  sshd: { program: 'sshd', advice: 'install openssh-server and openssh-client' },
  cc: { program: 'cc', advice: 'install gcc and libc6-dev' },
  strace: { program: 'strace', advice: 'install strace, and run as a user who may trace' },
  unshare: { program: 'unshare', advice: 'install util-linux, and run as a user who may mount a tmpfs' },
  script: { program: 'script', advice: 'install bsdutils (util-linux)' },
  mkfifo: { program: 'mkfifo', advice: 'install coreutils' },
  bash: { program: 'bash', advice: 'install bash' },
  zsh: { program: 'zsh', advice: 'install zsh' },
  openssl: { program: 'openssl', advice: 'install openssl' },
  groff: { program: 'groff', advice: 'install groff-base' },
  fish: { program: 'fish', advice: 'install fish' },
  'Node 24': { advice: 'run on Node 24, as `pnpm test` does where its install could fetch it' },
  PostgreSQL: { program: 'initdb', advice: "install the server, Debian's postgresql" },
  PgBouncer: { program: 'pgbouncer', advice: 'install pgbouncer' },
  Linux: { advice: 'run on Linux' },
  POSIX: { advice: 'run on Linux or macOS' },
  'an ordinary user': { advice: 'run as a user who is not root' },
  root: { advice: 'run as root, in a container' },
  libfaketime: { advice: 'install libfaketime' },
  'network namespaces': {
    program: 'ip',
    advice: 'install iproute2, and run as root where namespaces may be made',
  },
  'an S3 server': {
    program: 'radosgw',
    advice: 'install radosgw, ceph-mon, ceph-osd and ceph-common, or set F9_S3_ENDPOINT and keys for it',
  },
  'a real bucket': {
    advice:
      'set F9_LIVE_S3, the URI of an empty part of a bucket made for tests, and keys for it; it costs some cents',
  },
  'the real service': {
    advice: 'set OPENAI_API_KEY and F9_LIVE_VECTOR_STORE, a store made for tests; it costs money',
  },
};

/** The needs that a title names. */
export function needsOf(title: string): string[] {
  return [...title.matchAll(/\(needs ([\w ]+(?:, [\w ]+)*)/g)].flatMap(([, names]) => names!.split(', '));
}

/** All that decides which tests can run here: a proof from a cache counts only where this is the same. */
export function thisMachine(): string {
  const tools = Object.values(NEEDS).flatMap(({ program }) => {
    const path = program === undefined ? undefined : find(program);
    return path === undefined ? [] : [path];
  });
  const git = spawnSync('git', ['--version'], { encoding: 'utf8' }).stdout?.trim();
  const user = process.getuid?.() === 0 ? 'root' : 'a user';
  return [process.version, process.platform, process.arch, user, git, ...tools].join(' ');
}

function find(program: string): string | undefined {
  const path = (process.env.PATH ?? '').split(delimiter);
  const folders = [...path, '/usr/sbin', '/usr/local/sbin', ...globSync('/usr/lib/postgresql/*/bin')];
  const names = process.platform === 'win32' ? [`${program}.exe`] : [program];
  return folders
    .flatMap((folder) => names.map((name) => join(folder, name)))
    .find((path) => existsSync(path));
}
