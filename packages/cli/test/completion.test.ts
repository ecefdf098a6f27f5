import { execFileSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { EXIT } from '../src/index.ts';
import { Workplace } from './support/command.ts';

async function candidates(place: Workplace, ...words: string[]): Promise<string[]> {
  return (await place.ok(['complete', '--', ...words])).stdout.split('\n').slice(0, -1);
}

describe('candidates', () => {
  test('are verbs first', async () => {
    await using place = await Workplace.create();
    expect(await candidates(place, 'm')).toEqual(['mv', 'mkdir', 'mirror', 'mcp']);
    expect(await candidates(place, '')).toContain('conflicts');
    expect(await candidates(place, '')).not.toContain('complete');
    expect(await candidates(place, '--j')).toEqual(['--json']);
    expect(await candidates(place, '--json', 'do')).toEqual(['doctor']);
  });

  test('are options of the verb, and all that every verb takes', async () => {
    await using place = await Workplace.create();
    expect(await candidates(place, 'mirror', '--p')).toEqual([
      '--prune',
      '--prune-even-if-empty',
      '--plugin',
    ]);
    expect(await candidates(place, 'ls', '-l')).toEqual(['-l']);
  });

  test('are the values of an option, or of an argument', async () => {
    await using place = await Workplace.create();
    expect(await candidates(place, 'mirror', '--compare', '')).toEqual(['checksum', 'etag', 'size']);
    expect(await candidates(place, 'checksum', '-a', 'sha')).toEqual(['sha256', 'sha512']);
    expect(await candidates(place, 'mirror', '--glob', '')).toEqual([]);
    expect(await candidates(place, 'completion', '')).toEqual(['bash', 'zsh', 'fish']);
  });

  test('are vaults where a location goes, also after options and other locations', async () => {
    await using place = await Workplace.create();
    await place.ok(['vaults', 'add', 'notes', 'n', '--create']);
    await place.ok(['vaults', 'add', 'store', 's', '--create']);
    expect(await candidates(place, 'ls', '')).toEqual(['notes:', 'store:', '<file>']);
    expect(await candidates(place, 'cp', '-r', 'notes:', 's')).toEqual(['store:', '<file>']);
    expect(await candidates(place, 'mirror', '-g', '*.md', 'notes:', '')).toEqual([
      'notes:',
      'store:',
      '<file>',
    ]);
    expect(await candidates(place, 'glob', '')).toEqual([]);
    expect(await candidates(place, 'glob', '*', 'n')).toEqual(['notes:', '<file>']);
    expect(await candidates(place, 'ls', '--config', '')).toEqual(['<file>']);
    expect(await candidates(place, 'vaults', 'add', 'more', '')).toEqual(['<file>']);
    expect(await candidates(place, 'tree', 'notes:', '')).toEqual([]);
  });

  test('are subverbs and names of vaults', async () => {
    await using place = await Workplace.create();
    await place.ok(['vaults', 'add', 'notes', 'n', '--create']);
    expect(await candidates(place, 'vaults', '')).toEqual(['list', 'add', 'remove', 'show']);
    expect(await candidates(place, 'vaults', 'show', '')).toEqual(['notes']);
  });
});

describe('the script for', () => {
  const isInstalled = (shell: string): boolean => {
    try {
      execFileSync(shell, ['--version'], { stdio: 'ignore' });
      return true;
    } catch {
      return false;
    }
  };

  // bash cuts words at colons; others do not.
  test.skipIf(!isInstalled('bash'))('bash completes verbs and vaults (needs bash)', async () => {
    await using place = await Workplace.create();
    const { stdout: script } = await place.ok(['completion', 'bash']);
    const complete = (line: string): string => {
      const program = `
        f9() { case "\${*: -1}" in m*) printf 'mv\\nmirror\\n';; no*) printf 'notes:\\n<file>\\n';; *) printf '%s\\n' "\${*: -1}x";; esac; }
        ${script}
        compopt() { printf '(%s)' "$*"; }
        COMP_LINE="$1" COMP_POINT=\${#1}
        IFS=$' \\t\\n' read -ra COMP_WORDS <<< "$(sed 's/:/ : /g' <<< "$1")"
        [[ "$1" == *[\\ ] ]] && COMP_WORDS+=("")
        COMP_CWORD=$((\${#COMP_WORDS[@]} - 1))
        _f9
        printf '%s|' "\${COMPREPLY[@]}"
      `;
      return execFileSync('bash', ['-c', program, 'bash', line], { encoding: 'utf8' });
    };
    expect(complete('f9 m')).toBe('(+o default)mv|mirror|');
    expect(complete('f9 ls no')).toBe('(-o nospace)notes:|');
    expect(complete('f9 ls store:a')).toBe('(+o default)ax|');
  });

  test.skipIf(!isInstalled('zsh'))('zsh is one that zsh takes (needs zsh)', async () => {
    await using place = await Workplace.create();
    execFileSync('zsh', ['-n'], { input: (await place.ok(['completion', 'zsh'])).stdout });
  });

  test.skipIf(!isInstalled('fish'))('fish completes verbs (needs fish)', async () => {
    await using place = await Workplace.create();
    await place.write('f9.fish', (await place.ok(['completion', 'fish'])).stdout);
    const program = `function f9; printf 'mv\\nmirror\\n'; end; source f9.fish; complete -C 'f9 m'`;
    const printed = execFileSync('fish', ['-c', program], { cwd: place.path, encoding: 'utf8' });
    expect(printed.trim().split('\n').sort()).toEqual(['mirror', 'mv']);
  });

  test('every shell asks the command; other shells have none', async () => {
    await using place = await Workplace.create();
    for (const shell of ['bash', 'zsh', 'fish']) {
      expect((await place.ok(['completion', shell])).stdout).toContain('f9 complete --');
    }
    expect((await place.ok(['completion', 'fish', '--json'])).documents).toEqual([
      { shell: 'fish', script: expect.stringContaining('complete -c f9') },
    ]);
    expect((await place.f9(['completion', 'csh'])).code).toBe(EXIT.usage);
  });
});
