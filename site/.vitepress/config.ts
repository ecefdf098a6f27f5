// Built by `pnpm site`, which writes the pages and the menu first.
import { readFileSync } from 'node:fs';
import { defineConfig } from 'vitepress';

const { version, sidebar } = JSON.parse(
  readFileSync(new URL('../.pages/menu.json', import.meta.url), 'utf8'),
);

export default defineConfig({
  title: 'f9',
  description: 'One file interface over a folder, a git repository, a SQLite file and a vector store',
  base: process.env.F9_SITE_BASE ?? '/',
  srcDir: '.pages',
  outDir: 'dist',
  cacheDir: '.cache',
  cleanUrls: true,
  lastUpdated: false,
  head: [['meta', { name: 'color-scheme', content: 'light dark' }]],
  markdown: {
    // "<name>" in a document is text.
    html: false,
    // As the host of the repository makes them, so that one link serves both.
    anchor: {
      slugify: (heading) =>
        heading
          .trim()
          .toLowerCase()
          .replaceAll(/[^\p{L}\p{N}\p{M}_ -]/gu, '')
          .replaceAll(' ', '-'),
    },
    theme: { light: 'github-light', dark: 'github-dark' },
  },
  themeConfig: {
    sidebar,
    outline: [2, 3],
    search: { provider: 'local' },
    nav: [
      { text: 'The main job', link: '/mirroring' },
      { text: 'Command', link: '/packages/cli' },
      { text: 'Recipes', link: '/recipes' },
      { text: 'Troubleshooting', link: '/troubleshooting' },
      { text: version, link: 'https://github.com/f9-files/f9/releases' },
    ],
    socialLinks: [{ icon: 'github', link: 'https://github.com/f9-files/f9' }],
    footer: { message: 'MIT licensed' },
  },
});
