import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Cluster, hasPostgres } from '../../packages/postgres/test/support/cluster.ts';
import { isCephInstalled, startCeph } from '../../packages/s3/test/support/ceph.ts';
import { NEEDS } from '../test/needs.ts';
import { assertInstalled, run, type Workshop } from './workshop.ts';

/** A backend that needs a server: the whole contract is run with what is packed of it, alone, in a blank folder. */
export interface Served {
  readonly install: readonly string[];
  readonly without: readonly string[];
  /** By its name among the needs of tests. */
  readonly need: string;
  readonly isInstalled: boolean;
  /** Starts a server, and gives what the program finds in `F9_SMOKE_SERVER`. */
  readonly start: () => Promise<AsyncDisposable & { readonly place: object }>;
  /** A module that opens the vault of given options. */
  readonly opener: string;
  readonly program: string;
}

export const SERVED: Readonly<Record<string, Served>> = {
  'postgres alone': {
    install: ['@f9/core', '@f9/search', '@f9/postgres', '@f9/conformance'],
    without: ['@f9/local', '@f9/s3', '@f9/git', '@f9/factory'],
    need: 'PostgreSQL',
    isInstalled: hasPostgres,
    start: async () => {
      const cluster = await Cluster.start();
      return {
        place: cluster.options(),
        [Symbol.asyncDispose]: () => cluster[Symbol.asyncDispose](),
      };
    },
    opener: `
      import { PostgresFileBackend } from '@f9/postgres';
      export default (options) => new PostgresFileBackend(options);
    `,
    program: `
      import { describe, test } from 'node:test';
      import { testBackend } from '@f9/conformance';
      import openVault from './open-vault.mjs';
      const place = JSON.parse(process.env.F9_SMOKE_SERVER);
      let made = 0;
      await testBackend({ describe, test }, {
        createStore: () => {
          const options = { ...place, vault: \`suite\${++made}\` };
          return {
            createBackend: () => openVault(options),
            processModule: { url: new URL('open-vault.mjs', import.meta.url), data: options },
          };
        },
        sessionLease: 5000,
      });
    `,
  },
  's3 alone': {
    install: ['@f9/core', '@f9/s3', '@f9/conformance'],
    without: ['@f9/local', '@f9/postgres', '@f9/git', '@f9/factory', '@f9/search'],
    need: 'an S3 server',
    isInstalled: isCephInstalled(),
    start: async () => {
      const ceph = await startCeph();
      const { endpoint, accessKeyId, secretAccessKey } = ceph;
      return {
        place: { endpoint, accessKeyId, secretAccessKey },
        [Symbol.asyncDispose]: () => ceph[Symbol.asyncDispose](),
      };
    },
    opener: `
      import { S3FileBackend } from '@f9/s3';
      export default (options) => new S3FileBackend(options);
    `,
    program: `
      import { randomUUID } from 'node:crypto';
      import { describe, test } from 'node:test';
      import { testBackend } from '@f9/conformance';
      import { ensureBucket } from '@f9/s3';
      import openVault from './open-vault.mjs';
      const place = { ...JSON.parse(process.env.F9_SMOKE_SERVER), bucket: 'smoke' };
      await ensureBucket(place);
      await testBackend({ describe, test }, {
        createStore: () => {
          const options = { ...place, prefix: randomUUID(), sessionLease: 3000, retryDelay: 1 };
          return {
            createBackend: () => openVault(options),
            processModule: { url: new URL('open-vault.mjs', import.meta.url), data: options },
          };
        },
        // What S3 has room for in a key, behind the prefix.
        longestPath: 1024 - \`\${randomUUID()}/\`.length,
        sessionLease: 3000,
      });
    `,
  },
};

/** Installs the backend alone, and runs the contract with it. */
export async function smokeServed(workshop: Workshop, title: string, served: Served): Promise<void> {
  const folder = workshop.install(title, served.install);
  const size = assertInstalled(folder, served.without);
  if (!served.isInstalled) {
    const told = `${title}: installed; not proven: ${NEEDS[served.need]!.advice}`;
    if (process.env.F9_REQUIRE_TOOLS === '1') throw new Error(told);
    console.log(told);
    return;
  }
  writeFileSync(join(folder, 'open-vault.mjs'), served.opener);
  writeFileSync(join(folder, 'program.mjs'), served.program);
  await using server = await served.start();
  const env = { F9_SMOKE_SERVER: JSON.stringify(server.place) };
  const said = run(process.execPath, ['--test-reporter=tap', 'program.mjs'], folder, env);
  const passed = Number(/^# pass (\d+)$/m.exec(said)?.[1] ?? 0);
  if (passed < 100) throw new Error(`${title}: only ${passed} cases were run:\n${said}`);
  console.log(`${title}: installed, and ${passed} cases of the contract passed; ${size}`);
}
