import { spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { EXIT } from '../src/index.ts';
import { Workplace } from './support/command.ts';

const MANUAL = fileURLToPath(new URL('../man/f9.1', import.meta.url));
const manual = await readFile(MANUAL, 'utf8');

/** What it reads as, however troff spells it. */
const plain = manual.replaceAll('\\-', '-').replaceAll('\\(aq', "'").replaceAll('\\&', '');

describe('the manual', () => {
  test('has every verb with every option, and every exit code', async () => {
    await using place = await Workplace.create();
    const verbs = (await place.ok(['complete', '--', ''])).stdout.trim().split('\n');
    for (const verb of verbs.filter((name) => name !== 'help')) {
      expect(plain).toContain(`.SS "f9 ${verb} `);
      const options = (await place.ok(['complete', '--', verb, '--'])).stdout.trim().split('\n');
      for (const option of options.filter((name) => name !== '--help' && name.startsWith('--'))) {
        expect(plain, verb).toContain(option);
      }
    }
    for (const code of Object.values(EXIT)) expect(plain).toMatch(new RegExp(`^\\.B .*\\b${code}\\b`, 'm'));
  });

  const hasGroff = spawnSync('groff', ['--version']).status === 0;

  test.skipIf(!hasGroff)('is one that troff takes without a warning (needs groff)', () => {
    const { stdout, stderr } = spawnSync('groff', ['-man', '-Tutf8', '-ww', MANUAL], { encoding: 'utf8' });
    expect(stderr).toBe('');
    expect(stdout).toContain('mirror');
  });
});
