import { Bash, InMemoryFs, MountableFs } from 'just-bash';
import { beforeAll, describe, expect, test } from 'vitest';
import { vaultShell } from '../src/just-bash/index.ts';
import { BACKENDS, STARTING } from './backends.ts';
import { vaultWith } from './tools.ts';

/** What a person does in a shell, things that go wrong among them. */
const SESSION: readonly string[] = [
  'pwd; ls -A',
  'mkdir notes && mkdir -p a/b/c a/b && ls',
  'mkdir notes',
  'mkdir none/below',
  'printf "one\\ntwo\\nthree\\n" > notes/list.txt; cat notes/list.txt',
  'echo four >> notes/list.txt; echo first >> notes/new.txt; wc -l notes/*.txt',
  'grep -n t notes/list.txt; grep -r two .; grep -rl one notes',
  'sed -i s/two/zwei/ notes/list.txt && head -2 notes/list.txt',
  'sort notes/list.txt | tee sorted.txt | tail -1',
  'cp sorted.txt notes/copy.txt; diff sorted.txt notes/copy.txt && echo same',
  'mv sorted.txt a/moved.txt; ls a; mv a/moved.txt a/renamed.txt; ls a',
  'mv notes/new.txt a/renamed.txt; cat a/renamed.txt',
  'find . -name "*.txt" | sort; find . -type d | sort',
  'ls notes/*.txt; ls no*; echo */*.txt',
  '[ -d notes ] && [ -f notes/list.txt ] && [ ! -e none ] && [ -s notes/list.txt ] && echo yes',
  'stat -c "%s %F" notes/copy.txt notes',
  'cat none.txt',
  'cat notes',
  'cat < none.txt',
  'echo x > notes',
  'rmdir notes',
  'rmdir a/b/c && ls a/b',
  'rm none.txt',
  'rm -f none.txt && echo gone',
  'rm notes',
  'cp none.txt x',
  'cp notes x',
  'cp -r notes more && ls more && cp -r notes more && ls more',
  'rm -r more a && ls',
  'cd notes && echo üñï > "a name.txt" && cat ./a*; cd none',
  'printf "\\000\\377\\200" > notes/bin && od -c notes/bin; cat notes/bin | base64; cp notes/bin notes/bin2; cmp notes/bin notes/bin2',
  'for f in notes/*; do basename "$f"; done',
  'touch notes/new notes/list.txt && ls -A notes',
  'while read -r line; do echo "> $line"; done < notes/list.txt',
  'tar cf t.tar notes && tar tf t.tar | sort && rm t.tar',
  'echo x > /tmp/outside && ls /tmp; ls ..; ls ../vault/notes/..',
];

/** What every command of the session gave. */
async function told(shell: Bash): Promise<unknown[]> {
  const did: unknown[] = [];
  for (const command of SESSION) {
    const { stdout, stderr, exitCode } = await shell.exec(command);
    did.push({ command, stdout, stderr, exitCode });
  }
  return did;
}

let expected: readonly unknown[];
beforeAll(async () => {
  const mounts = [{ mountPoint: '/vault', filesystem: new InMemoryFs() }];
  // A filesystem of its own has directories of a system in it.
  for (const { filesystem } of mounts)
    for (const name of await filesystem.readdir('/')) await filesystem.rm(`/${name}`, { recursive: true });
  expected = await told(new Bash({ cwd: '/vault', fs: new MountableFs({ mounts }) }));
});

describe(`a shell is told in ${SESSION.length} commands what its own memory tells it`, () => {
  for (const { name, isHere, open } of BACKENDS) {
    test.skipIf(!isHere)(name, { timeout: STARTING }, async () => {
      await using place = await open();
      expect(await told(vaultShell(place.vault))).toEqual(expected);
      expect(await place.vault.glob('**')).not.toContain('tmp/outside');
    });
  }
});

test('what a vault cannot do is said', async () => {
  const shell = vaultShell(await vaultWith({ 'a.txt': 'a' }));
  for (const command of ['chmod +x a.txt', 'ln -s a.txt b', 'ln a.txt b', 'readlink a.txt']) {
    const { exitCode } = await shell.exec(command);
    expect(exitCode, command).not.toBe(0);
  }
  expect((await shell.exec('cat ../../vault/a.txt')).stdout).toBe('a');
});

test('guards hold in the shell', async () => {
  const vault = await vaultWith({ 'a.txt': 'a', '.git/config': 'secret', 'private/b': 'b' });
  const shell = vaultShell(vault, { deny: ['private/**'], env: { WHO: 'me' } });
  expect((await shell.exec('grep -r . . .git private; echo $WHO')).stdout).toBe('a.txt:a\nme\n');
  // Redirections that a filesystem refuses end a script of just-bash.
  await expect(shell.exec('echo x > .git/config')).rejects.toThrow('EACCES: permission denied');
  const reader = vaultShell(await vaultWith({ a: 'a' }), { readOnly: true });
  expect(await reader.exec('cat a; rm a')).toMatchObject({
    stdout: 'a',
    exitCode: 1,
    stderr: expect.stringContaining('read-only file system'),
  });
});
