import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Agent } from '@mastra/core/agent';
import {
  createWorkspaceTools,
  DirectoryNotEmptyError,
  DirectoryNotFoundError,
  FileExistsError,
  IsDirectoryError,
  LocalFilesystem,
  NotDirectoryError,
  StaleFileError,
  Workspace,
  type WorkspaceFilesystem,
  WorkspaceReadOnlyError,
} from '@mastra/core/workspace';
import { MockLanguageModelV3 } from 'ai/test';
import { beforeAll, describe, expect, test } from 'vitest';
import { mastraFilesystem } from '../src/mastra/index.ts';
import { BACKENDS, STARTING } from './backends.ts';
import { vaultWith } from './tools.ts';

type Call = readonly [tool: string, input: Record<string, unknown>];

/** What an agent does with the tools of its workspace, and what goes wrong. */
const CALLS: readonly Call[] = [
  ['write_file', { path: 'notes/a.md', content: '# A\n\none\ntwo\none\n' }],
  ['write_file', { path: 'b.txt', content: 'üñï 👋' }],
  ['write_file', { path: 'b.txt', content: 'again', overwrite: false }],
  ['write_file', { path: 'empty.txt', content: '' }],
  ['write_file', { path: 'notes', content: 'x' }],
  ['read_file', { path: 'notes/a.md' }],
  ['read_file', { path: 'b.txt', showLineNumbers: false }],
  ['read_file', { path: 'notes/a.md', offset: 2, limit: 2 }],
  ['read_file', { path: 'empty.txt' }],
  ['read_file', { path: 'none.md' }],
  ['read_file', { path: 'notes' }],
  ['edit_file', { path: 'notes/a.md', old_string: 'two', new_string: 'zwei $&' }],
  ['edit_file', { path: 'notes/a.md', old_string: 'one', new_string: 'x' }],
  ['edit_file', { path: 'notes/a.md', old_string: 'one', new_string: 'eins', replace_all: true }],
  ['edit_file', { path: 'notes/a.md', old_string: 'nowhere', new_string: 'x' }],
  ['edit_file', { path: 'none.md', old_string: 'a', new_string: 'x' }],
  ['edit_file', { path: 'notes/a.md', old_string: '\n\neins', new_string: '\n\n- eins' }],
  ['read_file', { path: 'notes/a.md' }],
  ['mkdir', { path: 'made/deep' }],
  ['mkdir', { path: 'made/deep' }],
  ['mkdir', { path: 'b.txt' }],
  ['mkdir', { path: 'not/there', recursive: false }],
  ['list_files', { path: '.' }],
  ['list_files', { path: '.', maxDepth: 1 }],
  ['list_files', { path: 'notes', extension: '.md' }],
  ['list_files', { path: '.', dirsOnly: true }],
  ['list_files', { path: '.', pattern: '**/*.md' }],
  ['list_files', { path: 'none' }],
  ['file_stat', { path: 'notes/a.md' }],
  ['file_stat', { path: 'made' }],
  ['file_stat', { path: 'none' }],
  ['grep', { pattern: 'eins', path: '.' }],
  ['grep', { pattern: 'z.ei', path: 'notes' }],
  ['grep', { pattern: 'nowhere' }],
  ['delete', { path: 'b.txt' }],
  ['delete', { path: 'b.txt' }],
  ['delete', { path: 'notes' }],
  ['delete', { path: 'notes', recursive: true }],
  ['delete', { path: 'made/deep' }],
  ['list_files', { path: '.' }],
];

type Execute = (input: unknown, context: unknown) => Promise<unknown>;

/** The tools of a real workspace over a filesystem, by their names in it. */
async function toolsOver(filesystem: WorkspaceFilesystem): Promise<(call: Call) => Promise<string>> {
  const workspace = new Workspace({ filesystem });
  await workspace.init();
  const tools: Record<string, unknown> = await createWorkspaceTools(workspace);
  return async ([name, input]) => {
    const { execute } = tools[`mastra_workspace_${name}`] as { readonly execute: Execute };
    const answer = await execute(input, { workspace }).catch((error: unknown) => `${error}`);
    return typeof answer === 'string' ? answer : JSON.stringify(answer);
  };
}

/** What each call gave, without what filesystems differ in: dates, the size of a directory, a slash before a path. */
async function told(filesystem: WorkspaceFilesystem): Promise<string[]> {
  const call = await toolsOver(filesystem);
  const said: string[] = [];
  for (const each of CALLS) {
    const answer = (await call(each))
      .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'DATE')
      .replace(/(Type: directory Size:) \d+/, '$1 N')
      .replace(/^Error: EISDIR.*/, 'IsDirectoryError: Path is a directory: notes')
      .replace(/^\/(?=\S+ \()/, '');
    said.push(`${each[0]} ${JSON.stringify(each[1])}: ${answer}`);
  }
  return said;
}

let expected: readonly string[];
beforeAll(async () => {
  expected = await told(new LocalFilesystem({ basePath: mkdtempSync(join(tmpdir(), 'f9-mastra-')) }));
});

describe(`${CALLS.length} calls of a workspace's tools have the answers that the framework's own folder gives`, () => {
  for (const { name, isHere, open } of BACKENDS) {
    test.skipIf(!isHere)(`on ${name}`, { timeout: STARTING }, async () => {
      await using place = await open();
      expect(await told(mastraFilesystem(place.vault))).toEqual(expected);
    });
  }
});

test('absolute paths are below the root, and nothing leads out of it', async () => {
  const vault = await vaultWith({ 'notes/a.md': 'A' });
  const call = await toolsOver(mastraFilesystem(vault));
  expect(await call(['read_file', { path: '/notes/a.md' }])).toContain('A');
  expect(await call(['list_files', { path: '/' }])).toContain('a.md');
  expect(await call(['read_file', { path: '../outside' }])).toContain('leads out of the vault');
});

describe('what another wrote', () => {
  test('since the file was looked at is not overwritten, also where both have one date', async () => {
    const vault = await vaultWith({ 'a.md': 'one' });
    const files = mastraFilesystem(vault);
    const { modifiedAt } = await files.stat('/a.md');
    await vault.update('a.md', { data: 'two' });
    await expect(files.writeFile('/a.md', 'three', { expectedMtime: modifiedAt })).rejects.toMatchObject({
      code: 'ESTALE',
      name: 'StaleFileError',
    });
    expect(await vault.read('a.md', { binary: false })).toBe('two');
    const { modifiedAt: later } = await files.stat('/a.md');
    expect(later > modifiedAt).toBe(true);
    await files.writeFile('/a.md', 'three', { expectedMtime: later });
    expect(await vault.read('a.md', { binary: false })).toBe('three');
    await expect(files.writeFile('/a.md', 'four', { expectedMtime: modifiedAt })).rejects.toThrow(
      StaleFileError,
    );
  });

  test('of 20 edits at once by the tools none is lost without a word', async () => {
    const vault = await vaultWith({ 'log.md': 'top\n' });
    const call = await toolsOver(mastraFilesystem(vault));
    const edit = (i: number) =>
      call(['edit_file', { path: 'log.md', old_string: 'top\n', new_string: `top\n${i};\n` }]);
    const answers = await Promise.all(Array.from({ length: 20 }, (_, i) => edit(i)));
    const text = await vault.read('log.md', { binary: false });
    for (const [i, answer] of answers.entries())
      expect(text.includes(`\n${i};\n`), answer).toBe(answer.startsWith('Replaced'));
  });
});

test('readOnly and deny hold', async () => {
  const vault = await vaultWith({ 'a.md': 'A', 'private/b.md': 'B', '.git/config': 'c' });
  const call = await toolsOver(mastraFilesystem(vault, { deny: ['private/**'] }));
  expect(await call(['read_file', { path: 'private/b.md' }])).toContain('not found');
  expect(await call(['write_file', { path: '.git/config', content: 'x' }])).toContain('PermissionError');
  const reader = mastraFilesystem(vault, { readOnly: true });
  await expect(reader.writeFile('a.md', 'x')).rejects.toThrow(WorkspaceReadOnlyError);
});

test('the rest of the interface: append, copy, move, forced and refused removals', async () => {
  const vault = await vaultWith({ 'd/a.md': 'A' });
  const files = mastraFilesystem(vault);
  await files.appendFile('/log', 'x');
  await files.appendFile('/log', 'y');
  expect(await files.readFile('/log', { encoding: 'utf8' })).toBe('xy');
  expect(await files.readFile('/log')).toEqual(Buffer.from('xy'));
  await expect(files.copyFile('/d', '/e')).rejects.toThrow(IsDirectoryError);
  await files.copyFile('/d', '/e', { recursive: true });
  await expect(files.moveFile('/log', '/e/a.md', { overwrite: false })).rejects.toThrow(FileExistsError);
  await files.moveFile('/log', '/e/a.md');
  await files.deleteFile('/none', { force: true });
  await expect(files.deleteFile('/e')).rejects.toThrow(IsDirectoryError);
  await files.rmdir('/none', { force: true });
  await expect(files.rmdir('/e/a.md')).rejects.toThrow(NotDirectoryError);
  await expect(files.rmdir('/e')).rejects.toThrow(DirectoryNotEmptyError);
  await files.rmdir('/e', { recursive: true });
  await expect(files.writeFile('/x/y', '', { recursive: false })).rejects.toThrow(DirectoryNotFoundError);
  expect([await files.exists('/'), await files.exists('/d'), await files.exists('/e')]).toEqual([
    true,
    true,
    false,
  ]);
  expect(await vault.glob('**')).toEqual(['d/a.md']);
});

test('an agent of the framework works in it', async () => {
  const vault = await vaultWith({});
  const usage = {
    inputTokens: { total: 1, noCache: 1, cacheRead: 0, cacheWrite: 0 },
    outputTokens: { total: 1, text: 1, reasoning: 0 },
  };
  const model = new MockLanguageModelV3({
    doGenerate: async ({ prompt }) => {
      const results = prompt.filter(({ role }) => role === 'tool');
      const input = JSON.stringify({ path: 'plan.md', content: '# Plan\n' });
      return results.length === 0
        ? {
            content: [{ type: 'tool-call', toolCallId: '1', toolName: 'mastra_workspace_write_file', input }],
            finishReason: { unified: 'tool-calls', raw: undefined },
            usage,
            warnings: [],
          }
        : {
            content: [{ type: 'text', text: JSON.stringify(results) }],
            finishReason: { unified: 'stop', raw: undefined },
            usage,
            warnings: [],
          };
    },
  });
  const workspace = new Workspace({ filesystem: mastraFilesystem(vault) });
  const agent = new Agent({ id: 'a', name: 'a', instructions: 'work', model, workspace });
  const { text } = await agent.generate('go');
  expect(text).toContain('Wrote 7 bytes to plan.md');
  expect(await vault.read('plan.md', { binary: false })).toBe('# Plan\n');
});
