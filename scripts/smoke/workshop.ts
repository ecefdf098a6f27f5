import { execFileSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

/** Where packages are packed, and installed in blank folders outside the workspace. */
export class Workshop implements Disposable {
  readonly #folder = mkdtempSync(join(tmpdir(), 'f9-smoke-'));
  readonly #bare = mkdtempSync(join(tmpdir(), 'f9-bare-'));
  /** By the name of the package, or the folder of an example. */
  readonly #tarballs = new Map<string, string>();

  /** Packs every package as it would be published. @param looks whether to look for what is wrong with the tarballs */
  packAll(looks: boolean): void {
    const folders = [
      ...readdirSync('packages').map((name) => join('packages', name)),
      'examples/plugin-sqlite',
    ];
    for (const folder of folders) {
      const { name } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { name: string };
      const tarball = join(this.#folder, `${name.replace('@', '').replace('/', '-')}.tgz`);
      run('pnpm', ['pack', '--out', tarball], folder);
      if (looks) run('publint', ['run', '--strict', tarball]);
      // The command is a program: nobody imports its types.
      if (looks && name !== '@f9/cli') run('attw', [tarball, '--profile', 'esm-only', '--quiet']);
      this.#tarballs.set(folder.startsWith('packages') ? name : folder, tarball);
      console.log(`packed ${name}: ${Math.ceil(statSync(tarball).size / 1024)} KiB`);
    }
  }

  /**
   * Installs packages with npm in a folder that has nothing but them; gives the folder.
   *
   * @param names of f9 packages and examples, as they were packed, and of others as npm takes them
   */
  install(title: string, names: readonly string[]): string {
    const folder = join(this.#folder, title.replaceAll(/[^\w.]+/g, '-'));
    mkdirSync(folder);
    writeFileSync(
      join(folder, 'package.json'),
      JSON.stringify({ name: 'blank', private: true, type: 'module' }),
    );
    const packages = names.map((name) => this.#tarballs.get(name) ?? name);
    run('npm', ['install', '--no-audit', '--no-fund', '--loglevel=error', ...packages], folder);
    return folder;
  }

  /** A copy of a folder where no package is installed, in it or above it. */
  bare(title: string, from: string): string {
    const folder = join(this.#bare, title);
    cpSync(from, folder, { recursive: true });
    return folder;
  }

  /** Every f9 package that was packed. */
  get packages(): string[] {
    return [...this.#tarballs.keys()].filter((name) => name.startsWith('@f9/'));
  }

  [Symbol.dispose](): void {
    for (const folder of [this.#folder, this.#bare]) rmSync(folder, { recursive: true, force: true });
  }
}

/** How much an installed folder holds, and the names that must not be there. */
export function assertInstalled(
  folder: string,
  without: readonly string[],
  limit: number = Number.POSITIVE_INFINITY,
): string {
  for (const name of without) {
    if (existsSync(join(folder, 'node_modules', name))) throw new Error(`${name} came along`);
  }
  const size = megabytes(join(folder, 'node_modules'));
  if (size > limit) throw new Error(`it takes ${size.toFixed(1)} MB, and ${limit} at most are meant`);
  const packages = run('npm', ['ls', '--all', '--parseable'], folder).trim().split('\n').length - 1;
  return `${packages} packages, ${size.toFixed(1)} MB`;
}

function megabytes(folder: string): number {
  let bytes = 0;
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (entry.isFile()) bytes += statSync(join(entry.parentPath, entry.name)).size;
  }
  return bytes / 1e6;
}

/** Runs a program to its end; gives what it printed. @throws with all of that where it fails */
export function run(
  command: string,
  args: readonly string[],
  cwd = '.',
  env: Readonly<Record<string, string>> = {},
): string {
  try {
    // Tools of the workspace, also from folders outside it.
    const PATH = `${resolve('node_modules/.bin')}:${process.env.PATH}`;
    return execFileSync(command, args, {
      cwd,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, PATH, ...env },
    });
  } catch (error) {
    const { stdout, stderr } = error as { stdout?: string; stderr?: string };
    throw new Error(`${command} ${args.join(' ')} failed:\n${stdout ?? ''}${stderr ?? ''}`, { cause: error });
  }
}
