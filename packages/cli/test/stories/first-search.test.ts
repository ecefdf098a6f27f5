// A person with a repository of 300 notes, from nothing to a first search: five commands typed into a shell.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { serveGitOverHttp } from '../../../../examples/support/git-http-server.ts';
import { Workplace } from '../support/command.ts';
import { git } from '../support/repository.ts';

const BIN = fileURLToPath(new URL('../../src/bin.ts', import.meta.url));
const PLANTS = ['Tomatoes', 'Apples', 'Beans', 'Carrots', 'Dill', 'Fennel'];

test('300 notes become searchable by five commands (needs bash, git)', async () => {
  await using place = await Workplace.create({
    'bin/f9': `#!/bin/sh\nexec '${process.execPath}' --conditions=@f9/source '${BIN}' "$@"\n`,
  });
  await chmod(place.at('bin/f9'), 0o755);
  for (let i = 0; i < 300; i++) {
    const plant = PLANTS[i % PLANTS.length]!;
    await place.write(`work/${plant}/${i}.md`, `# ${plant}, ${i}\n\n${plant} of bed ${i} grow well.\n`);
  }
  await place.write(
    'work/Tomatoes/water.md',
    '# Water\n\nTomatoes need water each morning, not in the evening.\n',
  );
  git(place.path, 'init', '--quiet', '--bare', '--initial-branch=main', 'served/notes.git');
  git(place.at('work'), 'init', '--quiet', '--initial-branch=main');
  git(place.at('work'), 'add', '.');
  git(place.at('work'), '-c', 'user.name=Me', '-c', 'user.email=me@example.com', 'commit', '-qm', 'Notes');
  git(place.at('work'), 'push', '--quiet', place.at('served/notes.git'), 'main');
  await using server = await serveGitOverHttp(place.at('served'));

  const session = `
    f9 vaults add notes 'git+http://127.0.0.1:${server.port}/notes.git?allow_insecure=true'
    f9 vaults add index sqlite:./notes.db
    f9 mirror notes: index: --prune
    f9 check notes: index:
    f9 search 'when do tomatoes need water?' index: -n 1`
    .trim()
    .split(/\n\s*/);
  expect(session).toHaveLength(5);
  const printed: string[] = [];
  for (const line of session) {
    const { status, stdout, stderr } = await run(line, place);
    expect(status, `${line}: ${stderr}`).toBe(0);
    printed.push(stdout);
  }
  expect(printed[0]).toMatch(/^notes: is git\+http:/);
  expect(printed[2]).toMatch(/^301 copied, .* 0 failed; .*; notes: at [\da-f]{10}\n$/);
  expect(printed[3]).toMatch(/^in step: .* 301 same/);
  expect(printed[4]).toMatch(/^index:Tomatoes\/water\.md {2}\d\.\d\d {2}line \d+.*\n {2}.*each morning/);
});

/** As a shell does it, while this process serves the repository. */
async function run(
  line: string,
  place: Workplace,
): Promise<{ status: number | null; stdout: string; stderr: string }> {
  const child = spawn('bash', ['-c', line], {
    cwd: place.path,
    env: { HOME: place.path, PATH: `${place.at('bin')}:${process.env.PATH}`, NODE_NO_WARNINGS: '1' },
  });
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => err.push(chunk));
  const [status] = (await once(child, 'close')) as [number | null];
  return { status, stdout: Buffer.concat(out).toString(), stderr: Buffer.concat(err).toString() };
}
