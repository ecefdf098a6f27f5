import { describe, expect, test } from 'vitest';
import { DriverBackend } from '../../src/driver/index.ts';
import { type FileBackend, MemoryFileBackend } from '../../src/index.ts';
import { memoryDriver, mistaken } from '../drivers.ts';

/** Every operation, with what it takes to succeed and one option more. */
const operations: Record<string, (vault: FileBackend, more: object) => Promise<unknown>> = {
  create: (vault, more) => vault.create('new', mistaken({ data: 'x', ...more })),
  read: (vault, more) => vault.read('a', mistaken(more)),
  update: (vault, more) => vault.update('a', mistaken({ data: 'x', ...more })),
  edit: (vault, more) => vault.edit('a', () => 'x', mistaken(more)),
  delete: (vault, more) => vault.delete('b', mistaken(more)),
  info: (vault, more) => vault.info('a', mistaken(more)),
  exists: (vault, more) => vault.exists('a', mistaken(more)),
  list: (vault, more) => Array.fromAsync(vault.list('/', mistaken(more))),
  copy: (vault, more) => vault.copy('a', 'copied', mistaken(more)),
  move: (vault, more) => vault.move('a', 'moved', mistaken(more)),
  streamRead: (vault, more) => Array.fromAsync(vault.streamRead('a', mistaken(more))),
  streamWrite: (vault, more) => vault.streamWrite('new', mistaken({ chunkSource: ['x'], ...more })),
  checksum: (vault, more) => vault.checksum('a', mistaken(more)),
  checksumMany: (vault, more) => vault.checksumMany(['a'], mistaken(more)),
  glob: (vault, more) => vault.glob('*', mistaken(more)),
  globFiles: (vault, more) => vault.globFiles('*', mistaken(more)),
  globDirs: (vault, more) => vault.globDirs('*', mistaken(more)),
  globInfo: (vault, more) => vault.globInfo('*', mistaken(more)),
  syncSession: (vault, more) => vault.syncSession(async () => undefined, mistaken(more)),
};

async function vaultOf(): Promise<FileBackend> {
  const vault = new MemoryFileBackend();
  await vault.create('a', { data: '0123456789' });
  await vault.create('b', { data: 'b' });
  return vault;
}

async function contents(vault: FileBackend): Promise<unknown> {
  const entries = await Array.fromAsync(vault.list('/', { recursive: true, etags: true }));
  return entries.map(({ path, etag }) => [path, etag]);
}

describe.each(Object.entries(operations))('%s', (operation, run) => {
  test('refuses an option that it does not know, names the closest, and changes nothing', async () => {
    const vault = await vaultOf();
    const before = await contents(vault);
    await expect(run(vault, { sginal: undefined })).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      operation,
      message: expect.stringContaining('the closest is signal'),
    });
    expect(await contents(vault)).toEqual(before);
    await run(vault, { signal: undefined });
  });
});

test.each(['create', 'update', 'edit', 'delete', 'copy', 'move', 'streamWrite'])(
  '%s refuses an ifMatch that is undefined: it would protect nothing',
  async (operation) => {
    const vault = await vaultOf();
    const before = await contents(vault);
    await expect(operations[operation]!(vault, { ifMatch: undefined })).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      message: expect.stringContaining('etags: true'),
    });
    expect(await contents(vault)).toEqual(before);
  },
);

test.each([
  ['streamWrite', { ifmatch: '1', overwrite: true }, 'ifMatch'],
  ['read', { ofset: 3 }, 'offset'],
  ['list', { recursiv: true }, 'recursive'],
])('%s with %j means %s', async (operation, more, closest) => {
  const message = expect.stringContaining(`the closest is ${closest}`);
  await expect(operations[operation]!(await vaultOf(), more)).rejects.toMatchObject({ message });
});

test('options of another prototype are read as they are, and checked as they are', async () => {
  const vault = await vaultOf();
  const defaults = { offset: 3 };
  expect(new TextDecoder().decode(await vault.read('a', Object.create(defaults)))).toBe('3456789');
  await expect(vault.read('a', Object.create({ start: 3 }))).rejects.toMatchObject({
    code: 'INVALID_ARGUMENT',
  });
});

test('permissions are bits, and reach the driver', async () => {
  const seen: unknown[] = [];
  const inner = memoryDriver();
  const vault = new DriverBackend({
    ...inner,
    write: (path, source, options) => {
      seen.push(options.permissions);
      return inner.write(path, source, options);
    },
  });
  await vault.create('a', { data: 'x', permissions: 0o755 });
  await vault.update('a', { data: 'x', permissions: 0o600 });
  await vault.streamWrite('b', { chunkSource: ['x'], permissions: 0o644 });
  await vault.update('c', { data: 'x', append: true, create: true, permissions: 0o700 });
  await vault.create('d');
  expect(seen).toEqual([0o755, 0o600, 0o644, 0o700, undefined]);
  for (const permissions of [-1, 0o1000, 1.5, '755']) {
    await expect(vault.create('e', { permissions: mistaken(permissions) })).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
    });
  }
  await expect(vault.update('a', { data: 'x', append: true, permissions: 0o600 })).rejects.toMatchObject({
    code: 'INVALID_ARGUMENT',
  });
});

test('a search filter names what files have', async () => {
  const { capabilities } = memoryDriver();
  const searching = memoryDriver({ capabilities: { ...capabilities, search: true }, search: async () => [] });
  const vault = new DriverBackend(searching);
  const filter = (key: string) => ({
    filters: mistaken<never>({ type: 'and', filters: [{ type: 'eq', key, value: 'x' }] }),
  });
  await vault.search('x', filter('mediaType'));
  await expect(vault.search('x', filter('mediatype'))).rejects.toMatchObject({
    code: 'INVALID_ARGUMENT',
    message: expect.stringContaining('the closest is mediaType'),
  });
});

test('a backend says which options its own operations know, and the others are refused', async () => {
  class Tidying extends MemoryFileBackend {
    async tidy(options: object): Promise<string> {
      return await this.operations.run('tidy', undefined, options, async () => 'tidied', ['olderThan']);
    }
  }
  const vault = new Tidying();
  expect(await vault.tidy({ olderThan: 5, signal: undefined })).toBe('tidied');
  await expect(vault.tidy({ olderthan: 5 })).rejects.toMatchObject({
    code: 'INVALID_ARGUMENT',
    operation: 'tidy',
    message: expect.stringContaining('the closest is olderThan'),
  });
});

test('an operation that a backend adds knows the options that it names, and no others', async () => {
  class Counting extends DriverBackend {
    count(options?: object): Promise<string> {
      return this.operations.run('count', undefined, options, async () => 'counted');
    }
    countDown(options?: object): Promise<string> {
      return this.operations.run('countDown', undefined, options, async () => 'counted', ['from']);
    }
  }
  const vault = new Counting(memoryDriver());
  const refused = { code: 'INVALID_ARGUMENT', operation: 'count' };
  await expect(vault.count({ from: 3 })).rejects.toMatchObject(refused);
  await expect(vault.countDown({ form: 3 })).rejects.toThrow('the closest is from');
  expect(await vault.count({ signal: undefined })).toBe('counted');
  expect(await vault.countDown({ from: 3 })).toBe('counted');
});
