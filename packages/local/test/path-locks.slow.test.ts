import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { beforeEach, describe, expect, test } from 'vitest';
import { isLong } from '../../../scripts/test/daily.ts';
import { LocalFileBackend, type LocalFileBackendOptions } from '../src/index.ts';
import { Runner } from '../src/io/runner.ts';
import { removeIfDead } from '../src/state/owned-lock.ts';
import { ownName, thisThread } from '../src/state/process-identity.ts';
import { Child } from './support/child.ts';
import { openFiles } from './support/open-files.ts';
import { everything, plant, temporaryFolder } from './support/temporary-folder.ts';

// What is special about the locks of a folder; the contract proves that they exclude.

const isRootOnLinux = process.getuid?.() === 0 && process.platform === 'linux';
const NOBODY = 65_534;

let root: string;

beforeEach(() => {
  root = temporaryFolder();
  plant(root, { 'file.txt': 'old' });
});

const open = (options: Partial<LocalFileBackendOptions> = {}): Promise<LocalFileBackend> =>
  LocalFileBackend.open({ root, durability: 'none', ...options });

async function hold(wrapper: readonly string[] = []): Promise<Child> {
  const holder = new Child('path-holder', [root, 'file.txt'], wrapper);
  expect(await holder.line()).toBe('held');
  return holder;
}

/** The name of an owner whose process ended: the number is given to no other, as high as it is. */
function deadOwner(): string {
  const [machine, _pid, ...rest] = ownName().split('.');
  return [machine, 2 ** 31 - 2, ...rest].join('.');
}

const content = (): string => fs.readFileSync(join(root, 'file.txt'), 'utf8');

describe.each(['auto', 'async'] as const)('io: %s', (io) => {
  const changes: Record<string, (backend: LocalFileBackend, signal?: AbortSignal) => Promise<unknown>> = {
    update: (backend, signal) => backend.update('file.txt', { data: 'new', signal }),
    'update if unchanged': async (backend, signal) =>
      backend.update('file.txt', { data: 'new', ifMatch: (await backend.info('file.txt')).etag!, signal }),
    append: (backend, signal) => backend.update('file.txt', { data: 'new', append: true, signal }),
    streamWrite: (backend, signal) =>
      backend.streamWrite('file.txt', { chunkSource: ['new'], overwrite: true, signal }),
    'move away': (backend, signal) => backend.move('file.txt', 'moved.txt', { signal }),
    'move onto': async (backend, signal) => {
      await backend.create('other.txt', { data: 'new', overwrite: true });
      await backend.move('other.txt', 'file.txt', { overwrite: true, signal });
    },
    delete: (backend, signal) => backend.delete('file.txt', { signal }),
  };

  test.each(Object.keys(changes))(
    '%s waits for a holder that is stopped, and follows one that is killed',
    async (name) => {
      await using holder = await hold();
      holder.process.kill('SIGSTOP');
      await using backend = await open({ io });
      const signal = AbortSignal.timeout(100);
      await expect(changes[name]!(backend, signal)).rejects.toSatisfy((error) => error === signal.reason);
      expect(content()).toBe('old');
      const following = changes[name]!(backend);
      await holder.kill();
      await following;
      await backend[Symbol.asyncDispose]();
      await (await open())[Symbol.asyncDispose]();
      expect(everything(join(root, '.f9'))).toEqual([]);
    },
  );

  test('a holder that died is followed at one look, also where others died as they took over from him', async () => {
    const [holder, ...heirs] = Array.from({ length: 4 }, deadOwner);
    const state = join(root, '.f9');
    fs.mkdirSync(state);
    fs.symlinkSync(holder!, join(state, 'path.lock'));
    for (const [at, heir] of heirs.entries())
      fs.symlinkSync(heir, join(state, `takeover.${[holder, ...heirs][at]}`));
    const runner = await Runner.for(io, root);
    expect(await runner.runUnqueued(removeIfDead(state, 'path.lock'))).toBeUndefined();
    expect(fs.readdirSync(state)).toEqual([]);
  });

  test('other paths do not wait', async () => {
    await using _holder = await hold();
    await using backend = await open({ io });
    await backend.create('other.txt', { data: 'x' });
    await backend.update('other.txt', { data: 'y' });
    await backend.move('other.txt', 'moved.txt');
    await backend.delete('moved.txt');
  });

  test('a worker thread that ended is followed, though its process lives', async () => {
    const program = `
      const { Runner } = await import(${JSON.stringify(new URL('../src/io/runner.ts', import.meta.url).href)});
      const { OpenFolder } = await import(${JSON.stringify(new URL('../src/files/open-folder.ts', import.meta.url).href)});
      const { waitFor } = await import(${JSON.stringify(new URL('../src/io/system-calls.ts', import.meta.url).href)});
      const { parentPort } = await import('node:worker_threads');
      const root = ${JSON.stringify(root)};
      const runner = await Runner.for('auto', root);
      const options = { path: root, durability: 'none', hasProc: true };
      const { locks } = await OpenFolder.open(runner, options);
      setInterval(() => undefined, 1000);
      await runner.runUnqueued(locks.hold([root + '/file.txt'], () => waitFor(() => new Promise(() => parentPort.postMessage('held')))));`;
    const url = new URL(`data:text/javascript,${encodeURIComponent(program)}`);
    const worker = new Worker(url, { execArgv: ['--conditions=@f9/source'] });
    await new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject));
    await using backend = await open({ io });
    const following = backend.update('file.txt', { data: 'new' });
    await sleep(50);
    expect(content()).toBe('old');
    await worker.terminate();
    await following;
  });

  test('a token that somebody removes is made again, and so is its directory', async () => {
    await using backend = await open({ io });
    for (const round of ['one', 'two', 'three']) {
      await backend.update('file.txt', { data: round });
      for (const name of fs.readdirSync(join(root, '.f9')))
        fs.rmSync(join(root, '.f9', name), { recursive: true });
      if (round === 'two') fs.rmSync(join(root, '.f9'), { recursive: true });
      await backend.update('file.txt', { data: '+', append: true });
      await backend.streamWrite('file.txt', { chunkSource: [round], overwrite: true });
    }
    expect(content()).toBe('three');
  });

  test('what is kept while there is work is gone a while after it, with its handle', async () => {
    const before = openFiles().length;
    await using backend = await open({ io });
    await backend.update('file.txt', { data: 'new' });
    expect(openFiles().length).toBe(before + 1);
    await expect.poll(() => fs.readdirSync(join(root, '.f9'))).toEqual(['.gitignore']);
    expect(openFiles().length).toBe(before);
    await backend.update('file.txt', { data: 'again' });
    expect(content()).toBe('again');
  });

  test('a session that lost its lock changes nothing more', async () => {
    await using backend = await open({ io });
    const session = await backend.syncSession();
    await session.update('file.txt', { data: 'mine' });
    fs.rmSync(join(root, '.f9/session.lock'));
    for (const change of [
      () => session.update('file.txt', { data: 'x' }),
      () => session.update('file.txt', { data: 'x', append: true }),
      () => session.streamWrite('file.txt', { chunkSource: ['x'], overwrite: true }),
      () => session.create('new.txt', { data: 'x' }),
      () => session.create('new', { isDirectory: true }),
      () => session.copy('file.txt', 'copy.txt'),
      () => session.move('file.txt', 'moved.txt'),
      () => session.delete('file.txt'),
      () => session.commit(),
    ]) {
      await expect(change(), String(change)).rejects.toMatchObject({ code: 'LOCK_LOST' });
    }
    expect(everything(root).filter((path) => !path.startsWith('.f9'))).toEqual(['file.txt']);
    expect(content()).toBe('mine');
    await session[Symbol.asyncDispose]();
    // Whoever has no session writes on.
    await backend.update('file.txt', { data: 'y' });
  });
});

test('a process that ends without disposing anything leaves nothing', async () => {
  await using child = new Child('writes-and-exits', [join(root, 'vault')]);
  expect(await child.ended()).toMatchObject({ code: 0 });
  expect(fs.readdirSync(join(root, 'vault')).sort()).toEqual(['.f9', 'file.txt']);
  expect(fs.readdirSync(join(root, 'vault/.f9'))).toEqual(['.gitignore']);
});

test('in a clone everything is kept in .git/f9, whatever the state directory, and git sees nothing of it elsewhere', async () => {
  fs.mkdirSync(join(root, '.git'));
  for (const options of [{}, { stateDirectory: temporaryFolder() }]) {
    await using backend = await open(options);
    await backend.update('file.txt', { data: 'new' });
    await backend.syncSession(async () => {
      expect(everything(join(root, '.git/f9'))).toEqual(['session.lock']);
    });
    expect(fs.readdirSync(join(root, '.git/f9'))).not.toContain('.gitignore');
  }
  expect(fs.existsSync(join(root, '.f9'))).toBe(false);
});

describe.skipIf(!isRootOnLinux)('as root (needs Linux, root)', () => {
  test('a state directory that another user made where anybody may is refused, and nothing is staged in it', async () => {
    fs.mkdirSync(join(root, '.f9'));
    fs.chownSync(join(root, '.f9'), NOBODY, NOBODY);
    for (const mode of [0o1777, 0o777]) {
      fs.chmodSync(root, mode);
      await using backend = await open();
      for (const change of [
        () => backend.update('file.txt', { data: 'secret' }),
        () => backend.create('new.txt', { data: 'secret' }),
        () => backend.syncSession(async () => undefined),
      ]) {
        await expect(change()).rejects.toMatchObject({
          code: 'PERMISSION_DENIED',
          message: expect.stringContaining('belongs to another user'),
        });
      }
      expect(await backend.read('file.txt', { binary: false })).toBe('old');
    }
    // Of a folder that only those share who own it, the state is shared too.
    fs.chmodSync(root, 0o775);
    await using backend = await open();
    await backend.update('file.txt', { data: 'new' });
    expect(content()).toBe('new');
  });

  test('a process that /proc hides is not taken for gone', () => {
    const script = 'mount -t proc -o hidepid=2 proc /proc && exec "$@"';
    const { pid, startedAt } = thisThread();
    const asNobody = ['setpriv', '--reuid', `${NOBODY}`, '--clear-groups', process.execPath];
    const child = new URL('support/fate.ts', import.meta.url).pathname;
    // The sources must be readable to nobody as well.
    const program = [...asNobody, '--conditions=@f9/source', child, JSON.stringify({ pid, startedAt })];
    const said = execFileSync('unshare', ['--mount', 'sh', '-c', script, 'sh', ...program], {
      encoding: 'utf8',
    });
    expect(said).toBe('running\n');
  });

  // It takes ten seconds until nothing can be known of a holder.
  if (isLong)
    test('a holder in another PID namespace that is stopped for long is overtaken, and publishes nothing when it goes on', async () => {
      await using holder = await hold(['unshare', '--pid', '--fork', '--mount-proc', '--kill-child']);
      const [inside] = execFileSync('pgrep', ['-P', String(holder.pid)], { encoding: 'utf8' }).split('\n');
      process.kill(Number(inside), 'SIGSTOP');
      await using backend = await open();
      await backend.update('file.txt', { data: 'new' });
      process.kill(Number(inside), 'SIGCONT');
      holder.process.stdin!.write('go on\n');
      expect(await holder.line()).toBe('StagingLost');
      expect(content()).toBe('new');
    });

  test('where time counts whole seconds no version gets the etag of one before it', async () => {
    const image = join(temporaryFolder(), 'disk');
    fs.writeFileSync(image, '');
    fs.truncateSync(image, 4 * 1024 * 1024);
    execFileSync('mkfs.ext4', ['-q', '-I', '128', image]);
    const disk = temporaryFolder();
    execFileSync('mount', ['-o', 'loop', image, disk]);
    try {
      await using backend = await LocalFileBackend.open({ root: join(disk, 'vault'), durability: 'none' });
      await backend.create('file.txt', { data: '0' });
      const etags = new Set([(await backend.info('file.txt')).etag]);
      for (let i = 1; i <= 100; i++) {
        const { etag } = await backend.update('file.txt', { data: String(i % 10) });
        expect(etags.has(etag), `version ${i}`).toBe(false);
        etags.add(etag);
      }
      const last = (await backend.info('file.txt')).etag;
      await backend.delete('file.txt');
      const { etag } = await backend.create('file.txt', { data: '0' });
      expect(etags.has(etag) || etag === last).toBe(false);
    } finally {
      execFileSync('umount', [disk]);
    }
  });
});
