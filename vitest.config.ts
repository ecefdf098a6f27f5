import { readdirSync, readFileSync } from 'node:fs';
import { defineConfig, type TestProjectInlineConfiguration, type ViteUserConfig } from 'vitest/config';

/** Every package that has tests is a project under its own name: `vitest run --project @f9/local`. */
function project(root: string): TestProjectInlineConfiguration {
  const { name } = JSON.parse(readFileSync(`${root}/package.json`, 'utf8')) as { name: string };
  return { extends: true, root, test: { name, include: ['test/**/*.test.ts'] } };
}

const packages = readdirSync('packages').map((name) => `packages/${name}`);
const plugins = readdirSync('examples', { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && entry.name.startsWith('plugin-'))
  .map((entry) => `examples/${entry.name}`);

const config: ViteUserConfig = defineConfig({
  // Tests read the sources; what is packed is proven by scripts/pack-smoke.ts.
  ssr: { resolve: { conditions: ['@f9/source', 'module', 'node'] } },
  test: {
    // Only what hangs is to fail: the machine may be slow, and busy with something else.
    testTimeout: 30_000,
    hookTimeout: 30_000,
    // Most tests wait for disks, git and sockets; the default leaves a core of two idle.
    maxWorkers: '100%',
    projects: [...packages, ...plugins, 'examples'].map(project),
    coverage: {
      provider: 'v8',
      include: ['**/src/**/*.ts'],
      thresholds: { statements: 90, branches: 90, functions: 90, lines: 90 },
    },
  },
});

export default config;
