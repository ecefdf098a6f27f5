import { chmod } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { serveGitOverHttp } from '../../../examples/support/git-http-server.ts';
import { EXIT } from '../src/index.ts';
import { Workplace } from './support/command.ts';
import { git } from './support/repository.ts';
import { spawnF9 } from './support/spawned.ts';

const TOKEN = 'ghp_16C7e42F292c6912E7';

/** A served repository with a file in it, and a home whose git has a credential helper that writes down each question. */
async function served(users?: Readonly<Record<string, string>>) {
  const place = await Workplace.create({
    'work/a.md': 'A',
    'helper.sh': `#!/bin/sh\necho "$1" >> '$HOME/asked'\n[ "$1" = get ] && printf 'username=me\\npassword=${TOKEN}\\n'\n`,
  });
  await place.write('helper.sh', (await place.text('helper.sh')).replace('$HOME', place.path));
  await chmod(place.at('helper.sh'), 0o755);
  await place.write('.gitconfig', `[credential]\n\thelper = ${place.at('helper.sh')}\n`);
  git(place.path, 'init', '--quiet', '--bare', '--initial-branch=main', 'served/notes.git');
  git(place.at('work'), 'init', '--quiet', '--initial-branch=main');
  git(place.at('work'), 'add', '.');
  git(place.at('work'), '-c', 'user.name=Me', '-c', 'user.email=me@example.com', 'commit', '-qm', 'Notes');
  git(place.at('work'), 'push', '--quiet', place.at('served/notes.git'), 'main');
  const server = await serveGitOverHttp(place.at('served'), users);
  const uri = `git+http://127.0.0.1:${server.port}/notes.git@main?allow_insecure=true&path=${encodeURIComponent(place.at('clone'))}`;
  return {
    place,
    f9: (argv: readonly string[], env: Record<string, string> = {}) =>
      spawnF9([...argv, uri], place.path, { env }),
    asked: () => place.text('asked').catch(() => ''),
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await place[Symbol.asyncDispose]();
    },
  };
}

describe("git's own credential helpers (needs git)", () => {
  test('serve by default, once the remote wants a login, and what they say is never shown', async () => {
    await using notes = await served({ me: TOKEN });
    const { code, stdout, stderr } = await notes.f9(['ls']);
    expect({ code, stdout: stdout.toString() }).toEqual({ code: EXIT.ok, stdout: 'a.md\n' });
    expect(await notes.asked()).toBe('get\nstore\n');
    expect(stdout.toString() + stderr).not.toContain(TOKEN);
  });

  test('are not asked for what is public', async () => {
    await using notes = await served();
    expect((await notes.f9(['ls'])).code).toBe(EXIT.ok);
    expect(await notes.asked()).toBe('');
  });

  test('are not asked where they are not wanted, and then the variable for a password is named', async () => {
    await using notes = await served({ me: TOKEN });
    const { code, stderr } = await notes.f9(['ls'], { F9_GIT_CREDENTIALS: 'none' });
    expect(code).toBe(EXIT.denied);
    expect(stderr).toContain('F9_GIT_PASSWORD');
    expect(await notes.asked()).toBe('');
  });
});
