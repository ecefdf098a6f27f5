import assert from 'node:assert/strict';
import type { FileBackend } from '@f9/core';
import { type ConformanceGroup, declares } from '../conformance-case.ts';
import { byBytes } from '../proving/bytes.ts';
import type { CaseContext } from '../proving/case-context.ts';
import { listed } from '../proving/vault-contents.ts';

/** Names that some system, language or library treats in a special way. */
const ODD_NAMES = [
  'with space',
  ' leading',
  'trailing ',
  'trailing.',
  '.hidden',
  '..two',
  '...',
  '-dash',
  '--option=value',
  'new\nline',
  'tab\tand\rreturn',
  'bell\u0007',
  'quote"s\'and`ticks',
  'semi;colon&and|pipe',
  '$(command)',
  '%00',
  '%s%n',
  '<a>&amp;',
  '*?[a]{b,c}!',
  'co:lon',
  '#hash?query=1',
  'CON',
  'nul.txt',
  'aux',
  'COM1',
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  'undefined',
  'null',
  'true',
  '0',
  '1e3',
  'e\u0301', // decomposed
  '\u1E9B\u0323',
  '\u{1F468}\u200D\u{1F469}\u200D\u{1F467}', // joined emoji
  '\u202Eright-to-left',
  '\u200Bzero-width',
  '\uFEFFbom',
  '\u00A0nbsp',
  'ß',
  'İ',
  '日本語',
  'עברית',
  '\uFFFD',
  '\uE000private',
  '.gitignore',
  '.DS_Store',
  'package.json',
  'file.tmp',
  'file.lock',
  'file~',
  '.nfs0001',
];

export const names: ConformanceGroup = {
  name: 'names',
  cases: [
    {
      promises: ['paths.to-the-byte'],
      title: 'odd names are names like others, for files',
      run: async (t) => {
        const kept = ODD_NAMES.filter((name) => t.keepsName(name));
        await Promise.all(kept.map((name) => t.backend.create(`dir/${name}`, { data: name })));
        await assertNames(t, 'dir', kept);
        const sums = await t.backend.checksumMany(kept.map((name) => `dir/${name}`));
        assert.equal(sums.size, kept.length);
        for (const name of kept) assert.equal(await t.backend.read(`dir/${name}`, { binary: false }), name);
        await t.seen((fresh) => assertNames(t, 'dir', kept, fresh));
      },
    },
    {
      promises: ['paths.to-the-byte'],
      title: 'odd names are names like others, for directories, and can be moved, copied and deleted',
      run: async (t) => {
        const kept = ODD_NAMES.filter((name) => t.keepsName(name)).slice(0, t.scaled(ODD_NAMES.length, 8));
        for (const name of kept) {
          await t.backend.create(`from/${name}/file`, { data: name });
          await t.backend.copy(`from/${name}/file`, `copied/${name}`);
          await t.backend.move(`from/${name}/file`, `moved/${name}/${name}`);
        }
        await assertNames(t, 'copied', kept);
        await assertNames(t, 'moved', kept);
        for (const name of kept) {
          assert.equal(await t.backend.read(`moved/${name}/${name}`, { binary: false }), name);
          await t.backend.delete(`copied/${name}`);
          await t.backend.delete(`moved/${name}`, { recursive: true });
        }
        assert.deepEqual(await t.backend.globFiles('**', { dot: true }), []);
      },
    },
    {
      promises: ['paths.to-the-byte'],
      title: 'composed and decomposed characters are different names',
      when: declares('caseSensitive'),
      run: async (t) => {
        const [composed, decomposed] = ['caf\u00E9', 'cafe\u0301'];
        await t.backend.create(composed!, { data: 'composed' });
        await t.backend.create(decomposed!, { data: 'decomposed' });
        await t.holds(composed!, 'composed');
        await t.holds(decomposed!, 'decomposed');
        assert.deepEqual(await listed(t.backend), [decomposed, composed]);
      },
    },
    {
      promises: ['paths.invalid'],
      title: "names that the store's own rules forbid are refused and make nothing",
      when: (_, harness) => harness.refusesName !== undefined,
      run: async (t) => {
        const refused = [...ODD_NAMES, '.git', '.GIT', 'git~1'].filter((name) => !t.keepsName(name));
        await t.unchangedBy(async () => {
          for (const name of refused) {
            await t.rejects(t.backend.create(name, { data: 'x' }), 'INVALID_PATH');
            await t.rejects(t.backend.create(`dir/${name}/file`, { data: 'x' }), 'INVALID_PATH');
            await t.rejects(t.backend.streamWrite(name, { chunkSource: ['x'] }), 'INVALID_PATH');
          }
        });
        assert.deepEqual(await listed(t.backend), []);
      },
    },
  ],
};

async function assertNames(
  t: CaseContext,
  directory: string,
  kept: readonly string[],
  backend: FileBackend = t.backend,
): Promise<void> {
  const expected = kept.map((name) => `${directory}/${name}`).sort(byBytes);
  assert.deepEqual(await listed(backend, directory), expected);
}
