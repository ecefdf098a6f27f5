import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { beforeEach, expect, test } from 'vitest';
import { isLong } from '../../../scripts/test/daily.ts';

const bin = fileURLToPath(new URL('../src/bin.ts', import.meta.url));
const inspector = fileURLToPath(
  new URL('../node_modules/@modelcontextprotocol/inspector/clients/launcher/build/index.js', import.meta.url),
);

/** What the inspector prints for a method of a server over `folder`. */
async function inspect(folder: string, ...args: readonly string[]): Promise<Record<string, unknown>> {
  const server = [process.execPath, '--conditions=@f9/source', bin, folder];
  const { stdout } = await promisify(execFile)(process.execPath, [inspector, '--cli', ...server, ...args]);
  return JSON.parse(stdout) as Record<string, unknown>;
}

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'f9-mcp-'));
  writeFileSync(join(folder, 'a.md'), '# A\r\nold\r\n');
});

test("the inspector's command line calls a tool", async () => {
  const append = ['--tool-name', 'append_file', '--tool-arg', 'path=/a.md', '--tool-arg', 'content=new'];
  expect(await inspect(folder, '--method', 'tools/call', ...append)).toMatchObject({
    content: [{ type: 'text', text: 'Appended 3 bytes to /a.md' }],
    structuredContent: { path: '/a.md' },
  });
  expect(readFileSync(join(folder, 'a.md'), 'utf8')).toBe('# A\r\nold\r\nnew');
});

// Each is a start of the inspector, which takes seconds.
if (isLong) {
  test('it lists tools and resources, and reads one', async () => {
    const { tools } = await inspect(folder, '--method', 'tools/list');
    expect((tools as { readonly name: string }[]).map(({ name }) => name)).toContain('patch_note');
    expect(await inspect(folder, '--method', 'resources/list')).toMatchObject({
      resources: [{ uri: 'f9://vault/a.md' }],
    });
    expect(await inspect(folder, '--method', 'resources/read', '--uri', 'f9://vault/a.md')).toMatchObject({
      contents: [{ text: '# A\r\nold\r\n' }],
    });
  });

  test('it takes a failure of a tool for one', async () => {
    const missing = ['--tool-name', 'read_text_file', '--tool-arg', 'path=/none.md'];
    await expect(inspect(folder, '--method', 'tools/call', ...missing)).rejects.toThrow('tool_is_error');
  });
}
