import { execFile, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { forEachConcurrently } from '../../packages/core/src/driver/index.ts';
import { mirror } from '../../packages/core/src/index.ts';
import { LocalFileBackend } from '../../packages/local/src/index.ts';
import { S3FileBackend, type S3FileBackendOptions } from '../../packages/s3/src/index.ts';
import { isCephInstalled, startCeph } from '../../packages/s3/test/support/ceph.ts';
import { makeBucket, newPrefix } from '../../packages/s3/test/support/prefix.ts';
import { startProxy } from '../../packages/s3/test/support/proxy.ts';
import { putRaw } from '../../packages/s3/test/support/raw.ts';
import { flatListing } from '../flat-listing.ts';
import type { Figure, Job } from '../harness.ts';

/** Milliseconds that every request takes more, as to a server far away. */
const LATENCY = 20;
const FILES = 1000;

const run = promisify(execFile);

/** rclone on the same bucket, as its documentation sets it up for Ceph. */
function rclone(options: S3FileBackendOptions): (...args: string[]) => Promise<unknown> {
  // What this machine says of AWS is not meant for it.
  const own = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('AWS_')));
  const environment = {
    ...own,
    RCLONE_CONFIG_BENCH_TYPE: 's3',
    RCLONE_CONFIG_BENCH_PROVIDER: 'Ceph',
    RCLONE_CONFIG_BENCH_ENDPOINT: options.endpoint,
    RCLONE_CONFIG_BENCH_ACCESS_KEY_ID: options.accessKeyId,
    RCLONE_CONFIG_BENCH_SECRET_ACCESS_KEY: options.secretAccessKey,
    RCLONE_CONFIG: '/dev/null',
  };
  return (...args) =>
    run('rclone', ['--transfers=16', '--checkers=16', '--checksum', ...args], { env: environment });
}

const requests: Job = {
  name: `s3: a folder of 1,000 files mirrored into a bucket, ${LATENCY} ms a request`,
  async prepare(scale) {
    if (!isCephInstalled()) {
      console.log('not measured: install radosgw, ceph-mon, ceph-osd and ceph-common');
      return {};
    }
    const files = scale.size(FILES);
    const folder = mkdtempSync(join(tmpdir(), 'f9-bench-s3-'));
    for (let i = 0; i < files; i++) {
      await mkdir(join(folder, `notes/d${i % 10}`), { recursive: true });
      await writeFile(join(folder, `notes/d${i % 10}/note-${i}.md`), `note ${i}\n`.repeat(20));
    }
    const ceph = await startCeph();
    await makeBucket(ceph);
    // A server makes its pools with the first objects and parts, which takes it seconds.
    await using first = await new S3FileBackend(newPrefix(ceph)).open();
    await first.create('a.md', { data: 'a' });
    const proxy = await startProxy(ceph);
    proxy.latency = LATENCY;

    /** Requests and seconds of a work. */
    async function measure(name: string, work: () => Promise<unknown>, atMost?: number): Promise<Figure[]> {
      proxy.passed.length = 0;
      const begun = performance.now();
      await work();
      const seconds = (performance.now() - begun) / 1000;
      const count: Figure = { name: `${name}, requests`, value: proxy.passed.length, unit: 'requests' };
      return [
        atMost === undefined ? count : { ...count, atMost },
        { name: `${name}, time`, value: Math.round(seconds * 100) / 100, unit: 's' },
      ];
    }

    async function ours(): Promise<Figure[]> {
      const options = { ...newPrefix(ceph), endpoint: proxy.endpoint, concurrency: 16 };
      await using source = new LocalFileBackend({ root: folder });
      const mirrored = async (): Promise<void> => {
        await using target = new S3FileBackend(options);
        await mirror(source, target, { concurrency: 16 });
      };
      const deleted = async (): Promise<void> => {
        await using target = new S3FileBackend(options);
        await target.delete('notes', { recursive: true });
      };
      const pages = Math.ceil(files / 1000);
      return [
        ...(await measure('f9, first', mirrored, files * 2.5)),
        // Two listings, one of the sums, the sums.
        ...(await measure('f9, again unchanged', mirrored, 2 * pages + 4)),
        ...(await measure('f9, recursive delete', deleted, 10)),
      ];
    }

    async function theirs(): Promise<Figure[]> {
      if (spawnSync('rclone', ['version']).status !== 0) return [];
      const options = { ...newPrefix(ceph), endpoint: proxy.endpoint };
      const call = rclone(options);
      const remote = `bench:${options.bucket}/${options.prefix}`;
      return [
        ...(await measure('rclone, first', () => call('sync', folder, remote))),
        ...(await measure('rclone, again unchanged', () => call('sync', folder, remote))),
        ...(await measure('rclone, recursive delete', () => call('purge', remote))),
      ];
    }

    return {
      figures: async () => [...(await ours()), ...(await theirs())],
      async dispose() {
        await proxy[Symbol.asyncDispose]();
        await ceph[Symbol.asyncDispose]();
        rmSync(folder, { recursive: true });
      },
    };
  },
};

const listing: Job = {
  name: 's3: a listing of 100,000 objects in flat memory',
  async prepare(scale) {
    if (!isCephInstalled()) {
      console.log('not measured: install radosgw, ceph-mon, ceph-osd and ceph-common');
      return {};
    }
    // Writing them takes minutes.
    const files = scale.quick ? 2000 : 100_000;
    const ceph = await startCeph();
    await makeBucket(ceph);
    const options = newPrefix(ceph);
    // As another program would, which is the fastest: a request each.
    const keys = Array.from({ length: files }, (_, i) => `d${i % 100}/n${i}`);
    await forEachConcurrently(keys, 32, (key) => putRaw(options, key, ''));
    return {
      async figures() {
        await using vault = new S3FileBackend(options);
        await vault.open();
        return await flatListing(vault, files);
      },
      dispose: () => ceph[Symbol.asyncDispose](),
    };
  },
};

export const jobs: readonly Job[] = [requests, listing];
