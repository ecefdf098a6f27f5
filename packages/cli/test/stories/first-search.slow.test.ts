// A person with a repository of 300 notes, from nothing to a first search: five commands typed into a shell.
import { expect, test } from 'vitest';
import { serveGitOverHttp } from '../../../../examples/support/git-http-server.ts';
import { Workplace } from '../support/command.ts';
import { git } from '../support/repository.ts';
import { Shell } from '../support/shell.ts';

const PLANTS = ['Tomatoes', 'Apples', 'Beans', 'Carrots', 'Dill', 'Fennel'];

test('300 notes become searchable by five commands (needs bash, git)', async () => {
  await using place = await Workplace.create();
  const shell = await Shell.in(place);
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
    const { code, stdout, stderr } = await shell.run(line);
    expect(code, `${line}: ${stderr}`).toBe(0);
    printed.push(stdout);
  }
  expect(printed[0]).toMatch(/^notes: is git\+http:/);
  expect(printed[2]).toMatch(/^301 copied, .* 0 failed; .*; notes: at [\da-f]{10}\n$/);
  expect(printed[3]).toMatch(/^in step: .* 301 same/);
  expect(printed[4]).toMatch(/^index:Tomatoes\/water\.md {2}\d\.\d\d {2}line \d+.*\n {2}.*each morning/);
});
