import { randomBytes } from 'node:crypto';
import { MemoryFileBackend, mirror } from '@f9/core';
import { strToU8, zipSync } from 'fflate';
import { expect, test } from 'vitest';
import type { OpenAIVectorStoreFileBackend } from '../src/index.ts';
import { type Connection, connect } from './connect.ts';

const ALWAYS = { times: Number.POSITIVE_INFINITY };

/** Fails in processing what holds the word. */
const refuses =
  (word: string) =>
  ({ bytes }: { readonly bytes: Uint8Array }) =>
    Buffer.from(bytes).includes(word) ? ({ code: 'unsupported_file' } as const) : undefined;

function uploads({ server }: Connection): number {
  return server.requests.filter(({ route }) => route === 'files.create').length;
}

async function found(backend: OpenAIVectorStoreFileBackend, query: string): Promise<string[]> {
  return (await backend.search(query)).map(({ path }) => path);
}

test.for([
  ['in processing', (word: string) => ({ failsOn: refuses(word) })],
  [
    'in processing, and says server_error again and again',
    (word: string) => ({
      failsOn: ({ bytes }: { readonly bytes: Uint8Array }) =>
        Buffer.from(bytes).includes(word) ? ({ code: 'server_error' } as const) : undefined,
    }),
  ],
] as const)(
  'text that the service refuses %s is kept exactly, and said to be not searchable',
  async ([, rule]) => {
    const connection = await connect(rule('forbidden'));
    const { open, server } = connection;
    const backend = open();
    await backend.create('a.md', { data: 'old tomatoes' });
    const written = await backend.update('a.md', { data: 'forbidden tomatoes' });
    expect(written.searchable).toBe(false);
    server.settle();
    const fresh = open();
    expect(await fresh.read('a.md', { binary: false })).toBe('forbidden tomatoes');
    expect((await fresh.info('a.md')).searchable).toBe(false);
    expect(await found(fresh, 'tomatoes')).toEqual([]);
    expect(server.snapshot().files).toHaveLength(1);
    await fresh.create('b.md', { data: 'allowed tomatoes' });
    expect((await fresh.info('b.md')).searchable).toBe(true);
  },
);

test('what was refused is not uploaded again, by this process or another', async () => {
  const connection = await connect({ unkind: false, failsOn: refuses('forbidden') });
  const { open, server } = connection;
  const source = new MemoryFileBackend();
  for (let i = 0; i < 5; i++) await source.create(`${i}.md`, { data: `forbidden ${i}` });
  const target = open();
  await mirror(source, target);
  const first = uploads(connection);
  expect(first).toBe(10);
  expect((await mirror(source, open())).unchanged).toHaveLength(5);
  expect(uploads(connection)).toBe(first);
  // Elsewhere it needs a File of its own, but its text is not tried.
  await target.create('copy.md', { data: 'forbidden 3' });
  await open().create('other copy.md', { data: 'forbidden 3' });
  expect(uploads(connection)).toBe(first + 2);
  expect(server.snapshot().files).toHaveLength(7);
});

test('of a text of several pieces the ones that are not refused are found', async () => {
  const connection = await connect({ unkind: false, failsOn: refuses('forbidden') });
  const { open, server } = connection;
  const pieces = ['apples', 'forbidden', 'cherries'].map((word) => `${word} `.padEnd(1024, '- '));
  const options = { inlineLimit: 0, partSize: 1024 };
  const backend = open(options);
  await backend.create('fruit.txt', { data: pieces.join('') });
  expect(await open(options).read('fruit.txt', { binary: false })).toBe(pieces.join(''));
  expect((await open().info('fruit.txt')).searchable).toBe(false);
  expect(await found(backend, 'apples')).toEqual(['fruit.txt']);
  expect(await found(backend, 'cherries')).toEqual(['fruit.txt']);
  // The head, two passages, three parts.
  expect(server.snapshot().files).toHaveLength(5);
  const before = uploads(connection);
  await backend.copy('fruit.txt', 'copy.txt');
  expect(uploads(connection) - before).toBe(5);
});

test('of a text whose first piece is refused the rest is found', async () => {
  const { open } = await connect({ unkind: false, failsOn: refuses('forbidden') });
  const backend = open({ inlineLimit: 0, partSize: 1024 });
  const data = ['forbidden', 'pears'].map((word) => `${word} `.padEnd(1024, '- ')).join('');
  await backend.create('fruit.txt', { data });
  expect(await backend.read('fruit.txt', { binary: false })).toBe(data);
  expect(await found(backend, 'pears')).toEqual(['fruit.txt']);
  expect((await backend.info('fruit.txt')).searchable).toBe(false);
});

test.for([
  ['by 400', {}],
  ['in processing', { failsOn: () => ({ code: 'unsupported_file' }) as const }],
] as const)('a store that refuses everything %s is tried once, and says so', async ([how, options]) => {
  const connection = await connect({ unkind: false, latency: 1, ...options });
  const { open, server } = connection;
  if (how === 'by 400') {
    server.inject({ kind: 'error', status: 400 }, { route: 'vectorStores.files.create', ...ALWAYS });
  }
  const source = new MemoryFileBackend();
  for (let i = 0; i < 5; i++) await source.create(`${i}.bin`, { data: randomBytes(40 * 1024) });
  const target = open({ inlineLimit: 0, partSize: 1024 });
  const { failed } = await mirror(source, target, { concurrency: 1 });
  expect(failed).toHaveLength(5);
  for (const { error } of failed) expect(error).toMatchObject({ code: 'IO', retryable: false });
  expect(failed[4]!.reason).toContain('takes no file at all');
  expect(uploads(connection)).toBe(2);
  await target[Symbol.asyncDispose]();
  expect(server.snapshot().files).toEqual([]);
});

test('a text that was refused while the store took nothing is tried again', async () => {
  const { open, server } = await connect({ unkind: false });
  const backend = open();
  await backend.create('first.md', { data: 'first' });
  server.inject({ kind: 'error', status: 400 }, { route: 'vectorStores.files.create', times: 2 });
  await expect(backend.create('a.md', { data: 'tomatoes' })).rejects.toMatchObject({ code: 'IO' });
  server.inject({ kind: 'error', status: 400 }, { route: 'files.create', times: 2 });
  await expect(backend.create('a.md', { data: 'tomatoes' })).rejects.toMatchObject({ code: 'IO' });
  await backend.create('a.md', { data: 'tomatoes' });
  expect(await found(backend, 'tomatoes')).toEqual(['a.md']);
});

test('a store that takes files again is noticed, and one odd file does not close it', async () => {
  const { open, server } = await connect({ unkind: false });
  const backend = open();
  await backend.create('a.md', { data: 'a' });
  server.inject({ kind: 'error', status: 400 }, { route: 'vectorStores.files.create', times: 2 });
  await expect(backend.create('odd.md', { data: 'odd' })).rejects.toMatchObject({ code: 'IO' });
  await backend.create('b.md', { data: 'b' });
  expect(await open().glob('**')).toEqual(['a.md', 'b.md']);
});

test.for([
  ['UTF-16 LE', Buffer.from('\uFEFFzürich tomatoes', 'utf16le')],
  ['UTF-16 BE', Buffer.from('\uFEFFzürich tomatoes', 'utf16le').swap16()],
  ['UTF-8 with a mark', Buffer.from('\uFEFFzürich tomatoes')],
  [
    'declared by XML',
    Buffer.from('<?xml version="1.0" encoding="ISO-8859-1"?><a>zürich tomatoes</a>', 'latin1'),
  ],
  ['declared by HTML', Buffer.from('<html><meta charset=windows-1252><p>zürich tomatoes', 'latin1')],
  ['declared by CSS', Buffer.from('@charset "iso-8859-1"; /* zürich tomatoes */', 'latin1')],
  [
    'declared by a comment',
    Buffer.from('#!/usr/bin/python\n# -*- coding: latin-1 -*-\n# zürich tomatoes', 'latin1'),
  ],
  ['UTF-8 that declares something else', Buffer.from('<html><meta charset=windows-1252><p>zürich tomatoes')],
] as const)('a text in %s is kept byte for byte, and found', async ([, data]) => {
  const { open } = await connect({ unkind: false });
  const backend = open();
  await backend.create('city.html', { data });
  expect(await backend.info('city.html')).toMatchObject({ searchable: true });
  expect(Buffer.from(await backend.read('city.html'))).toEqual(data);
  const [result] = await backend.search('zürich');
  expect(result?.snippet).toContain('zürich tomatoes');
});

test('a text in UTF-16 of several pieces, cut within a character, is found to its end', async () => {
  const { open } = await connect({ unkind: false });
  const backend = open({ inlineLimit: 0, partSize: 1025 });
  const data = Buffer.from(`\uFEFF${'- '.repeat(600)}zürich`, 'utf16le');
  await backend.create('a.txt', { data });
  expect(await found(backend, 'zürich')).toEqual(['a.txt']);
  expect((await backend.info('a.txt')).searchable).toBe(true);
});

test.for([
  ['binary', randomBytes(100), false],
  ['Latin-1 that does not say so', Buffer.from('zürich', 'latin1'), false],
  ['empty', Buffer.alloc(0), true],
] as const)('a file that is %s is kept, and said to be searchable or not', async ([, data, searchable]) => {
  const { open } = await connect({ unkind: false });
  await open().create('a', { data });
  expect((await open().info('a')).searchable).toBe(searchable);
  expect(Buffer.from(await open().read('a'))).toEqual(data);
});

/** A document of one paragraph, as a word processor writes it. */
function docx(text: string): Uint8Array {
  const document = `<w:document><w:body><w:p><w:r><w:t>${text}</w:t></w:r></w:p></w:body></w:document>`;
  return zipSync({
    'word/document.xml': strToU8(document),
    'media/image.png': new Uint8Array(randomBytes(5000)),
  });
}

/** A page of one line. */
function pdf(text: string): Uint8Array {
  const stream = `BT /F1 12 Tf (${text}) Tj ET`;
  return strToU8(
    `%PDF-1.4\n1 0 obj\n<< /Length ${stream.length} >>\nstream\n${stream}\nendstream\nendobj\n%%EOF`,
  );
}

test.for([
  ['report.docx', docx('the tomatoes of zanzibar'), {}],
  ['REPORT.DOCX', docx('the tomatoes of zanzibar'), { inlineLimit: 0, partSize: 1024 }],
  [
    'report.docx',
    docx('the tomatoes of zanzibar'),
    { inlineLimit: 0, contentStore: new MemoryFileBackend() },
  ],
  ['report.pdf', pdf('the tomatoes of zanzibar'), {}],
] as const)('a document %s is found by its words, and kept byte for byte', async ([path, data, options]) => {
  const { open, server } = await connect();
  const backend = open(options);
  await backend.create(path, { data });
  server.settle();
  const fresh = open(options);
  expect(await fresh.read(path)).toEqual(new Uint8Array(data));
  expect((await fresh.info(path)).searchable).toBe(true);
  expect(await found(fresh, 'zanzibar')).toEqual([path]);
  await fresh.delete(path);
  expect(server.snapshot().files).toEqual([]);
});

test('a document that the service cannot read is kept, and what only calls itself one is a text', async () => {
  const { open } = await connect({ unkind: false });
  const backend = open();
  const broken = Buffer.from('%PDF-1.7 not really');
  await backend.create('broken.pdf', { data: broken });
  await backend.create('text.doc', { data: 'plain tomatoes' });
  expect(Buffer.from(await backend.read('broken.pdf'))).toEqual(broken);
  expect((await backend.info('broken.pdf')).searchable).toBe(false);
  expect(await found(backend, 'tomatoes')).toEqual(['text.doc']);
});
