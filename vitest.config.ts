import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { defineConfig, type ViteUserConfig } from 'vitest/config';
import { isEveryday } from './scripts/test/daily.ts';
import { testedPackages } from './scripts/test/packages.ts';
import { ProofReporter } from './scripts/test/proof-reporter.ts';

// Tests start hundreds of processes that run the sources: each would strip the types of all of them again.
process.env.NODE_COMPILE_CACHE ??= join(import.meta.dirname, 'node_modules/.cache/compiled');

/** Packages whose tests keep nothing in the process: their files share it, and load the sources once. */
const SHARING = [
  '@f9/agents',
  '@f9/cli',
  '@f9/compat',
  '@f9/conformance',
  '@f9/core',
  '@f9/factory',
  '@f9/mcp',
  '@f9/openai',
  '@f9/openai-server',
  '@f9/postgres',
  '@f9/s3',
  '@f9/search',
  '@f9/text',
];

const config: ViteUserConfig = defineConfig({
  // Tests read the sources; what is packed is proven by scripts/smoke.
  ssr: { resolve: { conditions: ['@f9/source', 'module', 'node'] } },
  test: {
    // Only what hangs is to fail: the machine may be slow, and busy with something else.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    expect: { poll: { timeout: 120_000, interval: 10 } },
    // Most tests wait for disks, git and sockets; the default leaves a core of two idle.
    maxWorkers: '100%',
    reporters: ['default', new ProofReporter()],
    // Every package that has tests is a project under its own name: `vitest run --project @f9/local`.
    projects: testedPackages().map(({ name, folder }) => ({
      extends: true,
      root: folder,
      test: {
        name,
        include: ['test/**/*.test.ts'],
        // Kills, faults, races and long stories: in a run of one package, and in .ci/run.
        exclude: isEveryday ? ['test/**/*.slow.test.ts'] : [],
        isolate: !SHARING.includes(name),
        globalSetup: [join(import.meta.dirname, folder, 'test/support/global-setup.ts')].filter((path) =>
          existsSync(path),
        ),
      },
    })),
    coverage: {
      provider: 'v8',
      include: ['**/src/**/*.ts'],
      // What runs in processes and threads of its own, which nothing here counts.
      exclude: [
        'packages/cli/src/mirror/watch.ts',
        'packages/conformance/src/processes/**',
        'packages/git/src/process/f9-git-helper.ts',
        'packages/mcp/src/command/**',
        '**/bin.ts',
      ],
      reportOnFailure: true,
      thresholds: { statements: 90, branches: 90, functions: 90, lines: 90 },
    },
  },
});

export default config;
