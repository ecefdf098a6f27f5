import type { MemoryFileBackend } from '@f9/core';
import { AIMessage, ToolMessage } from '@langchain/core/messages';
import { fakeModel } from '@langchain/core/testing';
import { createDeepAgent, type FilesystemPermission } from 'deepagents';
import { describe, expect, test } from 'vitest';
import { deepAgentsBackend } from '../src/deepagents/index.ts';
import { vaultWith } from './tools.ts';

type Call = readonly [name: string, args: Record<string, unknown>];

/** What came of each call of an agent's tools; the model follows a script. */
async function outcomes(
  vault: MemoryFileBackend,
  calls: readonly Call[],
  permissions: FilesystemPermission[] = [],
): Promise<string[]> {
  const model = fakeModel();
  for (const [name, args] of calls) model.respondWithTools([{ name, args }]);
  model.respond(new AIMessage('done'));
  const agent = createDeepAgent({ model, backend: deepAgentsBackend(vault), permissions });
  const { messages } = await agent.invoke({ messages: [{ role: 'user', content: 'go' }] });
  return messages.filter((message) => ToolMessage.isInstance(message)).map(({ text }) => text);
}

describe('createDeepAgent', () => {
  test('every tool of the framework works on the vault', async () => {
    const vault = await vaultWith({ 'notes/a.md': '# A\r\n\r\nold\r\n' });
    const [list, read, edit, write, glob, grep, deleted] = await outcomes(vault, [
      ['ls', { path: '/notes' }],
      ['read_file', { file_path: '/notes/a.md' }],
      ['edit_file', { file_path: '/notes/a.md', old_string: 'old', new_string: 'new' }],
      ['write_file', { file_path: '/notes/b.md', content: 'B' }],
      ['glob', { pattern: '**/*.md' }],
      ['grep', { pattern: 'new' }],
      ['delete', { file_path: '/notes/b.md' }],
    ]);
    expect(list).toBe('/notes/a.md (12 bytes)');
    expect(read).toContain('# A');
    expect(edit).toContain("replaced 1 occurrence(s) in '/notes/a.md'");
    expect(write).toContain("wrote to '/notes/b.md'");
    expect(glob).toBe('/notes/a.md\n/notes/b.md');
    expect(grep).toContain('/notes/a.md');
    expect(deleted).toContain('Deleted /notes/b.md');
    expect(await vault.read('notes/a.md', { binary: false })).toBe('# A\r\n\r\nnew\r\n');
    expect(await vault.glob('**')).toEqual(['notes/a.md']);
  });

  test('what the agent is not permitted stays out of what it is shown', async () => {
    const vault = await vaultWith({ 'open/a.md': 'word', 'private/b.md': 'word' });
    const answers = await outcomes(
      vault,
      [
        ['glob', { pattern: '**/*.md' }],
        ['grep', { pattern: 'word' }],
        ['read_file', { file_path: '/private/b.md' }],
      ],
      [{ operations: ['read'], paths: ['/private/**'], mode: 'deny' }],
    );
    expect(answers[0]).toBe('/open/a.md');
    expect(answers[1]).not.toContain('private');
    expect(answers[2]).toContain('permission denied');
  });
});
