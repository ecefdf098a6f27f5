import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { type ErrorCode, FileBackendError, isFileBackendError } from '@f9/core';
import { ERROR_TABLE } from '@f9/core/driver';
import type { ConformanceGroup } from '../conformance-case.ts';
import type { CaseContext } from '../proving/case-context.ts';
import { assertKeepsSecrets } from '../proving/failures.ts';

interface Provocation {
  readonly code: ErrorCode;
  readonly operation: string;
  readonly path?: string;
  readonly run: () => Promise<unknown>;
}

/** Ways to go wrong on every backend, each with its error; needs `dir/a.txt`, and `bad.txt` that is no text. */
function provocations({ backend }: CaseContext): Provocation[] {
  const path = 'dir/a.txt';
  return [
    { code: 'NOT_FOUND', operation: 'read', path: 'gone.txt', run: () => backend.read('gone.txt') },
    { code: 'NOT_FOUND', operation: 'delete', path: 'gone.txt', run: () => backend.delete('gone.txt') },
    { code: 'ALREADY_EXISTS', operation: 'create', path, run: () => backend.create(path, { data: 'x' }) },
    { code: 'IS_DIRECTORY', operation: 'read', path: 'dir', run: () => backend.read('dir') },
    { code: 'NOT_DIRECTORY', operation: 'create', run: () => backend.create(`${path}/b`, { data: 'x' }) },
    { code: 'DIRECTORY_NOT_EMPTY', operation: 'delete', path: 'dir', run: () => backend.delete('dir') },
    { code: 'INVALID_PATH', operation: 'info', path: 'a\0b', run: () => backend.info('a\0b') },
    { code: 'PATH_OUTSIDE_ROOT', operation: 'copy', path: '../x', run: () => backend.copy('../x', 'y') },
    { code: 'INVALID_ARGUMENT', operation: 'move', path: 'dir', run: () => backend.move('dir', 'dir/b') },
    {
      code: 'INVALID_TEXT',
      operation: 'read',
      path: 'bad.txt',
      run: () => backend.read('bad.txt', { binary: false }),
    },
    { code: 'NOT_FOUND', operation: 'list', path: 'gone', run: () => Array.fromAsync(backend.list('gone')) },
    {
      code: 'NOT_FOUND',
      operation: 'streamRead',
      path: 'gone',
      run: () => Array.fromAsync(backend.streamRead('gone')),
    },
    { code: 'NOT_FOUND', operation: 'checksum', path: 'gone', run: () => backend.checksum('gone') },
    { code: 'PATH_OUTSIDE_ROOT', operation: 'glob', run: () => backend.glob('../*') },
  ];
}

async function plant(t: CaseContext): Promise<void> {
  await t.backend.create('dir/a.txt', { data: 'a' });
  await t.backend.create('bad.txt', { data: new Uint8Array([0xff]) });
}

export const errors: ConformanceGroup = {
  name: 'errors',
  cases: [
    {
      promises: ['errors.shape'],
      title: 'an error has the class of its code, and names its code, operation and path',
      run: async (t) => {
        await plant(t);
        for (const { code, operation, path, run } of provocations(t)) {
          const error = await t.rejects(run(), code, { operation, ...(path === undefined ? {} : { path }) });
          assert.ok(error instanceof Error);
          assert.equal(error.retryable, ERROR_TABLE[code].retryable, `retryable of ${code}`);
          assert.equal(error.stored, false, `stored of ${code}`);
          assert.equal(error.name, error.constructor.name);
        }
      },
    },
    {
      promises: ['errors.message'],
      title: 'a message says on which path and what went wrong',
      run: async (t) => {
        await plant(t);
        for (const { code, path, run } of provocations(t)) {
          const { message } = await t.rejects(run(), code);
          assert.ok(message.length > 15, `${code}: ${message}`);
          if (path === undefined) continue;
          const shown = JSON.stringify(path).slice(1, -1);
          assert.ok(message.includes(shown) || message.includes(path), `${code} on ${shown}: ${message}`);
        }
      },
    },
    {
      promises: ['errors.secrets'],
      title: 'no error gives away where the vault lies, nor a password, token or key',
      run: async (t) => {
        await plant(t);
        // In every case `rejects` looks for the harness's secrets; here also below `cause`.
        for (const { code, run } of provocations(t)) {
          const error = await t.rejects(run(), code);
          if (typeof error.cause !== 'object' || error.cause === null) continue;
          const known = Object.keys(error.cause).every((key) => ['name', 'code', 'syscall'].includes(key));
          assert.ok(
            known,
            `The cause of ${code} holds more than name, code and syscall: ${inspect(error.cause)}`,
          );
        }
      },
    },
    {
      promises: ['errors.secrets'],
      title: 'the printed form of a backend and of what it tells of files holds no secret',
      run: async (t) => {
        await plant(t);
        const forms: Record<string, string> = {
          backend: inspect(t.backend, { depth: 4 }),
          'string form': String(t.backend),
          FileInfo: inspect(await t.backend.info('dir/a.txt')),
          entries: JSON.stringify(await Array.fromAsync(t.backend.list())),
        };
        for (const [name, form] of Object.entries(forms)) {
          const carrier = new Error(form);
          carrier.stack = name;
          assertKeepsSecrets(carrier, t.store.secrets ?? []);
        }
      },
    },
    {
      promises: ['errors.brand'],
      title: 'isFileBackendError tells f9 errors from others, and by code',
      run: async (t) => {
        const error = await t.rejects(t.backend.read('gone'), 'NOT_FOUND');
        assert.ok(error instanceof FileBackendError || isFileBackendError(error));
        assert.equal(isFileBackendError(error, 'NOT_FOUND'), true);
        assert.equal(isFileBackendError(error, 'ALREADY_EXISTS'), false);
        assert.equal(isFileBackendError(new Error('NOT_FOUND')), false);
      },
    },
    {
      promises: ['errors.json'],
      title: 'an error as JSON has its name, code, message, operation and path',
      run: async (t) => {
        const error = await t.rejects(t.backend.read('dir/gone'), 'NOT_FOUND');
        const json: Record<string, unknown> = JSON.parse(JSON.stringify(error));
        assert.deepEqual(
          [json.name, json.code, json.message, json.operation, json.path],
          ['NotFoundError', 'NOT_FOUND', error.message, 'read', 'dir/gone'],
        );
      },
    },
    {
      promises: ['errors.fresh'],
      title: 'every failure is an error of its own',
      run: async (t) => {
        const first = await t.rejects(t.backend.read('gone'), 'NOT_FOUND', { operation: 'read' });
        const second = await t.rejects(t.backend.info('gone'), 'NOT_FOUND', { operation: 'info' });
        assert.notEqual(first, second);
        const both = await Promise.all([
          t.rejects(t.backend.read('a/gone'), 'NOT_FOUND', { path: 'a/gone' }),
          t.rejects(t.backend.read('b/gone'), 'NOT_FOUND', { path: 'b/gone' }),
        ]);
        assert.notEqual(both[0], both[1]);
      },
    },
  ],
};
