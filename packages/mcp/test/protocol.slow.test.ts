import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MemoryFileBackend } from '@f9/core';
import { GitSyncFileBackend } from '@f9/git';
import { LocalFileBackend } from '@f9/local';
import { SqliteFileBackend } from '@f9/sqlite';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { serveVaultOverHttp } from '../src/http/index.ts';
import { createVaultServer } from '../src/index.ts';
import { type Connection, type Era, overHttp, overStdio, type Person, WAYS } from './connect.ts';

const TOKEN = 'a-token-of-sixteen-and-more';

let folder: string;
let cleanup: AsyncDisposableStack;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'f9-mcp-'));
  cleanup = new AsyncDisposableStack();
});

afterEach(() => cleanup.disposeAsync());

async function connected(
  era: Era,
  way: 'stdio' | 'http',
  confirm?: string,
  person?: Person,
): Promise<Connection> {
  if (way === 'stdio') {
    return cleanup.use(
      await overStdio([folder, ...(confirm === undefined ? [] : ['--confirm', confirm])], era, person),
    );
  }
  const vault = cleanup.use(new LocalFileBackend({ root: folder }));
  const kinds = confirm?.split(',') as ('delete' | 'overwrite')[] | undefined;
  const server = cleanup.use(
    await serveVaultOverHttp(vault, {
      port: 0,
      token: TOKEN,
      ...(kinds === undefined ? {} : { confirm: kinds }),
    }),
  );
  return cleanup.use(await overHttp(server.url, TOKEN, era, person));
}

describe.each(WAYS)('%s', (_, era, way) => {
  test('tools are listed in at most 16 KB, with titles, hints and schemas', async () => {
    const { client } = await connected(era, way);
    const { tools } = await client.listTools();
    expect(Buffer.byteLength(JSON.stringify({ tools }))).toBeLessThanOrEqual(16 * 1024);
    expect(tools.length).toBeGreaterThan(20);
    for (const { name, title, description, annotations, inputSchema, outputSchema } of tools) {
      expect({ name, title, description }).toEqual({
        name: expect.stringMatching(/^[a-z_]+$/),
        title: expect.any(String),
        description: expect.stringMatching(/\.$/),
      });
      expect(Object.keys(annotations ?? {})).toHaveLength(annotations?.readOnlyHint === true ? 2 : 4);
      expect([inputSchema.type, outputSchema?.type]).toEqual(['object', 'object']);
    }
  });

  test('a file is written, read, edited by etag, and refused once it was changed', async () => {
    const { call } = await connected(era, way);
    await call('write_file', { path: '/d/a.md', content: '# A\r\nold\r\n' });
    const read = await call('read_text_file', { path: '/d/a.md' });
    expect(read).toMatchObject({
      text: '# A\r\nold\r\n',
      data: { etag: expect.any(String), truncated: false },
    });
    const edits = [{ oldText: 'old', newText: 'new' }];
    expect((await call('edit_file', { path: '/d/a.md', edits, ifMatch: read.data.etag })).text).toContain(
      '+new',
    );
    const again = await call('edit_file', {
      path: '/d/a.md',
      edits: [{ oldText: 'new', newText: 'x' }],
      ifMatch: read.data.etag,
    });
    expect(again).toMatchObject({
      isError: true,
      text: expect.stringMatching(/^PRECONDITION_FAILED: .*read it again/),
    });
    expect(readFileSync(join(folder, 'd/a.md'), 'utf8')).toBe('# A\r\nnew\r\n');
  });

  test('wrong arguments, unknown paths and host paths are answers, not protocol errors, and show no host path', async () => {
    const { call } = await connected(era, way);
    for (const input of [
      {},
      { path: 5 },
      { path: '/none' },
      { path: '../../etc/passwd' },
      { path: '/etc/passwd' },
    ]) {
      const answer = await call('read_text_file', input);
      expect(answer).toMatchObject({ isError: true, text: expect.stringMatching(/^[A-Z_]+: /) });
      expect(JSON.stringify(answer)).not.toContain(folder);
    }
  });

  test('media come as blocks of their kind', async () => {
    writeFileSync(join(folder, 'a.png'), Uint8Array.from([0x89, 0x50, 0, 1]));
    writeFileSync(join(folder, 'a.bin'), Uint8Array.from([0, 1]));
    const { call } = await connected(era, way);
    expect((await call('read_media_file', { path: '/a.png' })).blocks[1]).toMatchObject({
      type: 'image',
      mimeType: 'image/png',
    });
    expect((await call('read_media_file', { path: '/a.bin' })).blocks[1]).toMatchObject({ type: 'resource' });
  });

  test('30 edits at once are all kept, none is refused', async () => {
    writeFileSync(join(folder, 'log.md'), 'top\n');
    const { call } = await connected(era, way);
    const answers = await Promise.all(
      Array.from({ length: 30 }, (_, i) =>
        call('edit_file', { path: '/log.md', edits: [{ oldText: 'top\n', newText: `top\n${i}\n` }] }),
      ),
    );
    expect(answers.filter(({ isError }) => isError)).toEqual([]);
    expect(readFileSync(join(folder, 'log.md'), 'utf8').split('\n')).toHaveLength(32);
  });
});

test('all tools that there are, of several vaults, are listed in 16 KB too', async () => {
  const git = () => cleanup.use(new GitSyncFileBackend({ remoteUrl: folder, path: join(folder, 'clone') }));
  const index = cleanup.use(new SqliteFileBackend({ path: join(folder, 'index.db') }));
  const vaults = { notes: git(), team: git(), index };
  const server = cleanup.use(await serveVaultOverHttp(vaults, { port: 0, token: TOKEN }));
  const { client } = cleanup.use(await overHttp(server.url, TOKEN));
  const { tools } = await client.listTools();
  expect(tools.length).toBeGreaterThanOrEqual(30);
  expect(Buffer.byteLength(JSON.stringify({ tools }))).toBeLessThanOrEqual(16 * 1024);
});

/** Without a session a server of the old protocol over HTTP cannot ask back. */
describe.each(WAYS.filter(([, era, way]) => era === 'modern' || way === 'stdio'))(
  'consent, %s',
  (_, era, way) => {
    test('who agrees is obeyed, who does not is too', async () => {
      writeFileSync(join(folder, 'a.md'), 'a');
      const asked: string[] = [];
      const sayings: (boolean | 'decline')[] = ['decline', false, true];
      const person = (question: string): boolean | 'decline' => {
        asked.push(question);
        return sayings[asked.length - 1]!;
      };
      const { call } = await connected(era, way, 'delete', person);
      expect(await call('delete_file', { path: '/a.md' })).toMatchObject({
        isError: true,
        text: expect.stringMatching(/^PERMISSION_DENIED/),
      });
      expect(await call('delete_file', { path: '/a.md' })).toMatchObject({ isError: true });
      expect(readFileSync(join(folder, 'a.md'), 'utf8')).toBe('a');
      expect(await call('delete_file', { path: '/a.md' })).toMatchObject({
        isError: false,
        text: 'Deleted /a.md',
      });
      expect(asked).toEqual(['Delete /a.md?', 'Delete /a.md?', 'Delete /a.md?']);
    });

    test('a client that cannot ask gets nothing done', async () => {
      writeFileSync(join(folder, 'a.md'), 'a');
      const { call } = await connected(era, way, 'delete');
      await call('delete_file', { path: '/a.md' }).catch(() => undefined);
      expect(readFileSync(join(folder, 'a.md'), 'utf8')).toBe('a');
    });
  },
);

test('an option that would guard nothing is refused, and so is nothing to serve', () => {
  const refused = expect.objectContaining({ code: 'INVALID_ARGUMENT' });
  const vault = new MemoryFileBackend();
  for (const options of [{ readonly: true }, { allow: undefined }, { deny: 'secret/**' }]) {
    expect(() => createVaultServer(vault, options as never)).toThrow(refused);
  }
  expect(() => createVaultServer(undefined as never)).toThrow(refused);
  createVaultServer(vault, { readOnly: true, confirm: ['delete'], onCall: () => undefined });
});
