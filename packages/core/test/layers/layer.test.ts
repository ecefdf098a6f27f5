import { expect, expectTypeOf, test } from 'vitest';
import {
  type BackendDriver,
  type BackendPath,
  type DriverChanges,
  layer,
  ROOT,
} from '../../src/driver/index.ts';
import {
  type Capabilities,
  FileInfo,
  type FileVersion,
  MemoryFileBackend,
  type VaultChange,
  type VaultChanges,
} from '../../src/index.ts';
import { memoryDriver } from '../drivers.ts';

const { capabilities } = new MemoryFileBackend().driver;

/** A driver that has every member there is; each answers with its own name. */
class WholeDriver implements Required<BackendDriver> {
  readonly name = 'whole';
  capabilities: Capabilities = capabilities;
  readonly sync = {
    pull: async () => undefined,
    push: async () => undefined,
    conflicts: async () => [],
    resolve: async () => undefined,
  };
  readonly calls: string[] = [];
  readonly #info = new FileInfo({ path: 'a', fileType: 'file' });

  async open(): Promise<void> {
    this.calls.push('open');
  }
  async stat(): Promise<FileInfo> {
    return this.#note('stat');
  }
  async *read(): AsyncIterable<Uint8Array> {
    this.calls.push('read');
    yield new Uint8Array();
  }
  async write(): Promise<FileInfo> {
    return this.#note('write');
  }
  async makeDirectory(): Promise<FileInfo> {
    return this.#note('makeDirectory');
  }
  async remove(): Promise<void> {
    this.calls.push('remove');
  }
  async *list(): AsyncIterable<FileInfo[]> {
    this.calls.push('list');
    yield [];
  }
  async readFile(): Promise<Uint8Array> {
    this.calls.push('readFile');
    return new Uint8Array();
  }
  async append(): Promise<FileInfo> {
    return this.#note('append');
  }
  async copy(): Promise<FileInfo> {
    return this.#note('copy');
  }
  async move(): Promise<FileInfo> {
    return this.#note('move');
  }
  async removeTree(): Promise<void> {
    this.calls.push('removeTree');
  }
  async checksum(): Promise<string> {
    this.calls.push('checksum');
    return '';
  }
  async checksumMany(): Promise<Map<BackendPath, string>> {
    this.calls.push('checksumMany');
    return new Map();
  }
  async glob(): Promise<BackendPath[]> {
    this.calls.push('glob');
    return [];
  }
  async copyTree(): Promise<FileInfo> {
    return this.#note('copyTree');
  }
  async moveTree(): Promise<FileInfo> {
    return this.#note('moveTree');
  }
  async statMany(): Promise<[]> {
    this.calls.push('statMany');
    return [];
  }
  async writeMany(): Promise<[]> {
    this.calls.push('writeMany');
    return [];
  }
  async removeMany(): Promise<[]> {
    this.calls.push('removeMany');
    return [];
  }
  async globInfo(): Promise<FileInfo[]> {
    this.calls.push('globInfo');
    return [];
  }
  async realPath(): Promise<BackendPath> {
    this.calls.push('realPath');
    return ROOT;
  }
  capabilitiesAt(): Capabilities {
    this.calls.push('capabilitiesAt');
    return this.capabilities;
  }
  async *history(): AsyncGenerator<FileVersion> {
    this.calls.push('history');
    yield { version: '1', at: new Date(0), size: 0, deleted: false, path: 'a' };
  }
  async *watch(): AsyncGenerator<VaultChange> {
    this.calls.push('watch');
    yield { path: 'a', kind: 'written' };
  }
  async changesSince(): Promise<VaultChanges> {
    this.calls.push('changesSince');
    return { changes: [], cursor: '' };
  }
  async search(): Promise<[]> {
    this.calls.push('search');
    return [];
  }
  async acquireSession(): Promise<{
    commitOnSuccess: boolean;
    commit(): Promise<void>;
    release(): Promise<void>;
  }> {
    this.calls.push('acquireSession');
    return { commitOnSuccess: false, commit: async () => undefined, release: async () => undefined };
  }
  async commitSession(): Promise<void> {
    this.calls.push('commitSession');
  }
  async [Symbol.asyncDispose](): Promise<void> {
    this.calls.push('dispose');
  }

  #note(call: string): FileInfo {
    this.calls.push(call);
    return this.#info;
  }
}

/** The methods of `WholeDriver`, which the compiler holds to be all that a driver can have. */
const METHODS = Object.getOwnPropertyNames(WholeDriver.prototype).filter((name) => name !== 'constructor');

/** Calls a member, whatever it takes, and runs what it returns to its end. */
async function call(driver: BackendDriver, member: string): Promise<void> {
  const method = driver[member as keyof BackendDriver] as (options: object) => unknown;
  const result = await method.call(driver, {});
  if (typeof result === 'object' && result !== null && Symbol.asyncIterator in result) {
    await Array.fromAsync(result as AsyncIterable<unknown>);
  }
}

test('a layer passes on every member of a driver that it does not change', async () => {
  const inner = new WholeDriver();
  const outer = layer(layer(inner, {}), {});
  for (const method of METHODS) await call(outer, method);
  expect(inner.calls.toSorted()).toEqual(METHODS.toSorted());
  expect(outer.name).toBe('whole');
  expect(outer.sync).toBe(inner.sync);
});

test('what can be changed is every member, under its own type', () => {
  expectTypeOf<keyof DriverChanges>().toEqualTypeOf<keyof BackendDriver>();
});

test('a layer has no member that what it wraps lacks', () => {
  const inner = new MemoryFileBackend().driver;
  const outer = layer(inner, {});
  expect('copy' in outer).toBe(false);
  expect('sync' in outer).toBe(false);
  expect('readFile' in outer).toBe(true);
});

test('a change replaces a member, and undefined takes it away', async () => {
  const inner = new WholeDriver();
  const outer = layer(inner, { name: 'outer', remove: async () => undefined, readFile: undefined });
  expect(outer.name).toBe('outer');
  expect(outer.readFile).toBeUndefined();
  await call(outer, 'remove');
  expect(inner.calls).toEqual([]);
});

test('capabilities that a driver learns at its opening show through its layers', async () => {
  const inner = new WholeDriver();
  const outer = layer(layer(inner, {}), {});
  inner.capabilities = { ...capabilities, caseSensitive: false };
  expect(outer.capabilities.caseSensitive).toBe(false);
});

test('opening a layer opens what it wraps once; disposing it leaves that open', async () => {
  const inner = new WholeDriver();
  const outer = layer(inner, {});
  await outer.open!({});
  await outer.open!({});
  await outer[Symbol.asyncDispose]();
  expect(inner.calls).toEqual(['open']);
});

test('methods of a layer can be passed around on their own', async () => {
  const { stat, write } = layer(memoryDriver(), {});
  await write('a' as BackendPath, new Uint8Array(3), { ifExists: 'fail', ifMissing: 'create' });
  expect((await stat('a' as BackendPath, {}))?.size).toBe(3);
});
