import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { EXIT } from '../src/index.ts';
import { Workplace } from './support/command.ts';

/** An editor that runs a line of shell on the file, `$1`. */
function editor(script: string): { env: { EDITOR: string } } {
  return { env: { EDITOR: `sh -c '${script}' --` } };
}

describe('edit (needs POSIX)', () => {
  test('writes what was saved, and makes a file that is not there', async () => {
    await using place = await Workplace.create({ 'n/a.md': 'old\n' });
    const changed = await place.ok(['edit', 'n/a.md'], editor('echo new >> "$1"'));
    expect(changed.stdout).toBe('n/a.md: written\n');
    expect(await place.text('n/a.md')).toBe('old\nnew\n');
    await place.ok(['edit', 'n/b.md'], editor('echo b > "$1"'));
    expect(await place.text('n/b.md')).toBe('b\n');
  });

  test('writes nothing where nothing was changed', async () => {
    await using place = await Workplace.create({ 'a.md': 'old\n' });
    expect((await place.ok(['edit', 'a.md'], editor('true'))).stdout).toBe('a.md: not changed\n');
    expect((await place.ok(['edit', 'new.md'], editor('true'))).stdout).toBe('new.md: not changed\n');
    expect((await place.ok(['ls', '.'])).stdout).toBe('a.md\n');
  });

  test('never overwrites what somebody else wrote meanwhile, and keeps what was written', async () => {
    await using place = await Workplace.create({ 'a.md': 'old\n' });
    const theirs = `echo theirs, longer > "${place.at('a.md')}"; echo mine > "$1"`;
    const { code, stderr } = await place.f9(['edit', 'a.md'], editor(theirs));
    expect(code).toBe(EXIT.occupied);
    expect(await place.text('a.md')).toBe('theirs, longer\n');
    const kept = /is kept in (\S+)\n/.exec(stderr)![1]!;
    expect(await readFile(kept, 'utf8')).toBe('mine\n');
  });

  test('is for text alone', async () => {
    await using place = await Workplace.create({ a: new Uint8Array([0xff, 0xfe, 0x80]) });
    const { code, stderr } = await place.f9(['edit', 'a'], editor('echo x > "$1"'));
    expect(code).toBe(EXIT.failed);
    expect(stderr).toContain('f9 cat');
  });
});
