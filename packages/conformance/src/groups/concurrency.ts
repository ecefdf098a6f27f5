import assert from 'node:assert/strict';
import { isFileBackendError } from '@f9/core';
import type { ConformanceGroup } from '../conformance-case.ts';
import { assertBytes, chunked, noise } from '../proving/bytes.ts';
import { turns } from '../proving/turns.ts';
import { listed } from '../proving/vault-contents.ts';

export const concurrency: ConformanceGroup = {
  name: 'concurrency',
  cases: [
    {
      promises: ['concurrency.any', 'open.lazily'],
      title: 'many first operations at once open the backend once and all succeed',
      run: async (t) => {
        const paths = Array.from({ length: t.scaled(50, 8) }, (_, i) => `d${i % 4}/f${i}`);
        const infos = await Promise.all(paths.map((path) => t.backend.create(path, { data: path })));
        assert.deepEqual(
          infos.map(({ path }) => path),
          paths,
        );
        const texts = await Promise.all(paths.map((path) => t.backend.read(path, { binary: false })));
        assert.deepEqual(texts, paths);
        assert.deepEqual((await t.backend.globFiles('**')).toSorted(), paths.toSorted());
      },
    },
    {
      promises: ['concurrency.any', 'create.parents'],
      title: 'writers that need the same new directories do not stand in each other’s way',
      run: async (t) => {
        const paths = Array.from({ length: t.scaled(20, 5) }, (_, i) => `a/b/c/d/file-${i}`);
        await Promise.all(paths.map((path) => t.backend.create(path, { data: path })));
        assert.deepEqual((await listed(t.backend, 'a/b/c/d')).toSorted(), paths.toSorted());
      },
    },
    {
      promises: ['concurrency.any', 'atomic.reader'],
      title: 'of many writes to one file one stays, whole',
      run: async (t) => {
        await t.backend.create('file', { data: 'first' });
        const versions = Array.from({ length: t.scaled(12, 4) }, (_, i) => noise(10_000 + i * 1000, i + 1));
        await Promise.all(
          versions.map((data, i) =>
            t.backend.update('file', {
              data: i % 2 === 0 ? data : chunked(data.subarray(0, 5000), data.subarray(5000)),
            }),
          ),
        );
        const last = await t.backend.read('file');
        assert.ok(
          versions.some((version) => Buffer.compare(version, last) === 0),
          'One of the versions',
        );
        await t.holds('file', last, 'first', ...versions);
      },
    },
    {
      promises: ['concurrency.whole-version'],
      title: 'of writes to one file through two backends one stays, whole',
      run: async (t) => {
        await t.backend.create('file', { data: 'first' });
        const backends = [t.backend, await t.another()];
        const versions = Array.from({ length: t.scaled(10, 4) }, (_, i) => noise(9000 + i * 1000, i + 1));
        await Promise.all(
          versions.map((data, i) =>
            backends[i % 2]!.create('file', { data: chunked(data), overwrite: true }),
          ),
        );
        await t.seen(async (fresh) => {
          const last = await fresh.read('file');
          assert.ok(
            versions.some((version) => Buffer.compare(version, last) === 0),
            'One of the versions',
          );
        });
      },
    },
    {
      promises: ['concurrency.any'],
      title: 'while files come and go, what stays is read, listed, matched and summed as ever',
      run: async (t) => {
        const stable = Array.from({ length: 5 }, (_, i) => `stable/${i}`);
        for (const path of stable) await t.backend.create(path, { data: path });
        let churning = true;
        const churn = async (name: string): Promise<void> => {
          for (let i = 0; i < t.scaled(15, 3); i++) {
            await t.backend.create(`stable/${name}`, { data: noise(3000) });
            await t.backend.move(`stable/${name}`, `other/${name}`);
            await t.backend.delete(`other/${name}`);
          }
        };
        const watch = async (): Promise<void> => {
          while (churning) {
            const found = await listed(t.backend, 'stable');
            for (const path of stable) assert.ok(found.includes(path), `${path} is listed`);
            const matched = await t.backend.glob('stable/[0-9]');
            assert.deepEqual(matched, stable);
            for (const path of stable) assertBytes(await t.backend.read(path), path, path);
            assert.equal((await t.backend.checksumMany(stable)).size, stable.length);
            await turns(1);
          }
        };
        const churns = Promise.all([churn('x'), churn('y'), churn('z')]).finally(() => {
          churning = false;
        });
        await Promise.all([churns, watch()]);
      },
    },
    {
      promises: ['concurrency.any'],
      title: 'two backends on one store work side by side',
      run: async (t) => {
        const backends = [t.backend, await t.another()];
        const paths = Array.from({ length: t.scaled(30, 6) }, (_, i) => `d${i % 3}/f${i}`);
        await Promise.all(paths.map((path, i) => backends[i % 2]!.create(path, { data: path })));
        await t.seen(async (fresh) => {
          assert.deepEqual((await fresh.globFiles('**')).toSorted(), paths.toSorted());
        });
        for (const path of paths)
          await t.seen(async (fresh) => assertBytes(await fresh.read(path), path, path));
      },
    },
    {
      promises: ['concurrency.any'],
      title: 'a file that is deleted and made again under way is there whole or not at all',
      run: async (t) => {
        const data = noise(20_000, 4);
        await t.backend.create('file', { data });
        let churning = true;
        const churn = (async () => {
          for (let i = 0; i < t.scaled(20, 3); i++) {
            await t.backend.delete('file');
            await t.backend.create('file', { data: chunked(data.subarray(0, 7000), data.subarray(7000)) });
          }
        })().finally(() => {
          churning = false;
        });
        const watch = async (): Promise<void> => {
          while (churning) {
            try {
              assertBytes(await t.backend.read('file'), data, 'The file');
            } catch (error) {
              assert.ok(isFileBackendError(error, 'NOT_FOUND'), String(error));
            }
            await turns(1);
          }
        };
        await Promise.all([churn, watch(), watch()]);
        await t.holds('file', data);
      },
    },
  ],
};
