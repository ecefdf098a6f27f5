import { getEventListeners } from 'node:events';
import { describe, expect, test } from 'vitest';
import { DriverBackend } from '../../src/driver/index.ts';
import { type FileBackend, MemoryFileBackend, MemoryStore, subdirectory } from '../../src/index.ts';
import { gate, memoryDriver, minimalDriver, mistaken, settle } from '../drivers.ts';

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
const increment = (bytes: Uint8Array): string => String(Number(text(bytes)) + 1);

async function vaultOf(content: string, vault: FileBackend = new MemoryFileBackend()): Promise<FileBackend> {
  await vault.create('a.md', { data: content });
  return vault;
}

async function contentOf(vault: FileBackend): Promise<string> {
  return await vault.read('a.md', { binary: false });
}

describe.each([
  ['a driver that can all', () => memoryDriver()],
  ['a driver that can the least', () => minimalDriver()],
])('on %s', (_, make) => {
  test('parallel edits are all kept, in the order of arrival, whoever takes how long', async () => {
    const vault = await vaultOf('', new DriverBackend(make()));
    const edits = Array.from({ length: 30 }, (__, n) =>
      vault.edit('a.md', async (bytes) => {
        for (let turn = 0; turn < (n * 7) % 5; turn++) await settle();
        return `${text(bytes)}${n} `;
      }),
    );
    await Promise.all(edits);
    expect(await contentOf(vault)).toBe(Array.from({ length: 30 }, (__, n) => `${n} `).join(''));
  });

  test('bytes, text and nothing are what a change may give', async () => {
    const vault = await vaultOf('1', new DriverBackend(make()));
    const info = await vault.edit('a.md', increment);
    expect(info).toMatchObject({ path: 'a.md', size: 1, etag: (await vault.info('a.md')).etag });
    await vault.edit('a.md', (bytes) => new Uint8Array([...bytes, 33]));
    expect(await contentOf(vault)).toBe('2!');
    const before = await vault.info('a.md');
    expect((await vault.edit('a.md', () => undefined)).etag).toBe(before.etag);
    expect((await vault.info('a.md')).etag).toBe(before.etag);
    for (const wrong of [7, null, {}]) {
      await expect(vault.edit('a.md', () => mistaken(wrong))).rejects.toMatchObject({
        code: 'INVALID_ARGUMENT',
        operation: 'edit',
      });
    }
    await expect(vault.edit('a.md', mistaken('text'))).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    expect(await contentOf(vault)).toBe('2!');
  });

  test('after a foreign write the change is made anew, on what is there then', async () => {
    const vault = await vaultOf('', new DriverBackend(make()));
    const seen: string[] = [];
    await vault.edit('a.md', async (bytes) => {
      seen.push(text(bytes));
      if (seen.length < 4) await vault.update('a.md', { data: 'x', append: true });
      return `${text(bytes)}!`;
    });
    expect(seen).toEqual(['', 'x', 'xx', 'xxx']);
    expect(await contentOf(vault)).toBe('xxx!');
  });

  test('who is never alone gets BUSY after thirty times, and nothing of others is lost', async () => {
    const vault = await vaultOf('', new DriverBackend(make()));
    let runs = 0;
    const edit = vault.edit('a.md', async () => {
      runs++;
      await vault.update('a.md', { data: 'x', append: true });
      return 'mine';
    });
    await expect(edit).rejects.toMatchObject({
      code: 'BUSY',
      operation: 'edit',
      path: 'a.md',
      retryable: true,
    });
    expect({ runs, content: await contentOf(vault) }).toEqual({ runs: 30, content: 'x'.repeat(30) });
  });

  test('with ifMatch it is made once or not at all', async () => {
    const vault = await vaultOf('1', new DriverBackend(make()));
    const { etag } = await vault.info('a.md');
    let runs = 0;
    const edit = vault.edit(
      'a.md',
      async (bytes) => {
        runs++;
        await vault.update('a.md', { data: 'foreign' });
        return increment(bytes);
      },
      { ifMatch: etag! },
    );
    await expect(edit).rejects.toMatchObject({ code: 'PRECONDITION_FAILED' });
    await expect(vault.edit('a.md', increment, { ifMatch: etag! })).rejects.toMatchObject({
      code: 'PRECONDITION_FAILED',
    });
    expect({ runs, content: await contentOf(vault) }).toEqual({ runs: 1, content: 'foreign' });
  });
});

test('what is no file cannot be edited', async () => {
  const vault = await vaultOf('1');
  await vault.create('dir', { isDirectory: true });
  await expect(vault.edit('missing', increment)).rejects.toMatchObject({
    code: 'NOT_FOUND',
    operation: 'edit',
  });
  await expect(vault.edit('dir', increment)).rejects.toMatchObject({ code: 'IS_DIRECTORY' });
  await expect(vault.edit('/', increment)).rejects.toMatchObject({ code: 'INVALID_PATH' });
  const { capabilities } = memoryDriver();
  const blind = new DriverBackend(memoryDriver({ capabilities: { ...capabilities, ifMatch: false } }));
  await expect((await vaultOf('1', blind)).edit('a.md', increment)).rejects.toMatchObject({
    code: 'UNSUPPORTED',
  });
});

test('what a change throws is the caller’s own, changes nothing, and lets the next one go on', async () => {
  const vault = await vaultOf('1');
  const mine = new TypeError('mine');
  const failing = vault.edit('a.md', () => {
    throw mine;
  });
  const next = vault.edit('a.md', increment);
  await expect(failing).rejects.toBe(mine);
  await next;
  expect(await contentOf(vault)).toBe('2');
});

test('an edit of the same file inside its own change says so instead of waiting for itself; of another file it is one more', async () => {
  const vault = await vaultOf('1');
  await vault.create('b.md', { data: '5' });
  const part = subdirectory(vault, '/');
  await vault.edit('a.md', async (bytes) => {
    await expect(part.edit('a.md', increment)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    await vault.edit('b.md', increment);
    return increment(bytes);
  });
  expect([await contentOf(vault), await vault.read('b.md', { binary: false })]).toEqual(['2', '6']);
});

test('views of one vault stand in one line', async () => {
  const vault = new MemoryFileBackend();
  await vault.create('dir/a.md', { data: '0' });
  const part = subdirectory(vault, 'dir');
  let runs = 0;
  const slowly = async (bytes: Uint8Array): Promise<string> => {
    runs++;
    await settle();
    return increment(bytes);
  };
  await Promise.all(
    Array.from({ length: 20 }, (_, n) =>
      n % 2 ? part.edit('a.md', slowly) : vault.edit('dir/a.md', slowly),
    ),
  );
  expect({ runs, content: await part.read('a.md', { binary: false }) }).toEqual({ runs: 20, content: '20' });
});

test('edits through two backends of one store, which know nothing of each other, are all kept', async () => {
  const store = new MemoryStore();
  const vaults = [
    new MemoryFileBackend({ store }),
    new MemoryFileBackend({ store }),
    new MemoryFileBackend({ store }),
  ];
  await vaults[0]!.create('a.md', { data: '0' });
  const loop = async (vault: FileBackend): Promise<void> => {
    for (let n = 0; n < 50; n++) {
      await vault.edit('a.md', async (bytes) => {
        await settle();
        return increment(bytes);
      });
    }
  };
  await Promise.all(vaults.map(loop));
  expect(await contentOf(vaults[0]!)).toBe('150');
});

test('an abort ends the wait for the line, and what is made of a change that comes too late', async () => {
  const vault = await vaultOf('1');
  const holding = gate();
  const first = vault.edit('a.md', async (bytes) => {
    await holding.opened;
    return increment(bytes);
  });
  await settle();
  const waiting = new AbortController();
  const second = vault.edit('a.md', increment, { signal: waiting.signal });
  const reason = new Error('no more');
  waiting.abort(reason);
  await expect(second).rejects.toBe(reason);
  expect(getEventListeners(waiting.signal, 'abort')).toEqual([]);
  holding.open();
  await first;
  const late = new AbortController();
  const third = vault.edit(
    'a.md',
    () => {
      late.abort(reason);
      return 'too late';
    },
    { signal: late.signal },
  );
  await expect(third).rejects.toBe(reason);
  expect(await contentOf(vault)).toBe('2');
});
