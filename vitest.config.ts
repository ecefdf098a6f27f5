import { defineConfig } from 'vitest/config';

export default defineConfig({
  ssr: { resolve: { conditions: ['@f9/source', 'module', 'node'] } },
  test: {
    projects: ['packages/*', 'examples'],
  },
});
