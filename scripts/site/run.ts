// pnpm site: the documents as a site, in site/dist. What it lists, links and shows is looked at: a link that leads nowhere fails it.
import { execFileSync } from 'node:child_process';
import { cpSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { deadLinks } from './check.ts';
import { homePage } from './home.ts';
import { pictureRoute, withLinks } from './links.ts';
import { menu } from './pages.ts';

const PAGES = 'site/.pages';
const { version } = JSON.parse(readFileSync('packages/cli/package.json', 'utf8')) as { version: string };

const groups = menu();
const pages = groups.flatMap((group) => group.pages);
const sources = new Set(pages.map(({ source }) => source));

rmSync(PAGES, { recursive: true, force: true });
for (const { source, route } of pages) {
  const text = withLinks(readFileSync(source, 'utf8'), source, sources);
  put(join(PAGES, route), source === 'README.md' ? homePage(text) : text);
}
for (const picture of globSync('docs/{pictures,charts}/*.svg')) {
  const to = join(PAGES, pictureRoute(picture));
  mkdirSync(dirname(to), { recursive: true });
  cpSync(picture, to);
}
put(
  join(PAGES, 'menu.json'),
  JSON.stringify({
    version,
    sidebar: groups.map(({ text, pages: items, collapsed }) => ({
      text,
      ...(collapsed === undefined ? {} : { collapsed }),
      items: items.map(({ title, route }) => ({
        text: title,
        link: `/${route.replace(/(?:index)?\.md$/, '')}`,
      })),
    })),
  }),
);

execFileSync(process.execPath, ['node_modules/vitepress/bin/vitepress.js', 'build', '.'], {
  cwd: 'site',
  stdio: ['ignore', 'inherit', 'inherit'],
});
const dead = deadLinks('site/dist', process.env.F9_SITE_BASE ?? '/');
for (const { page, link } of dead) console.error(`${page} links to ${link}, which is not there`);
if (dead.length > 0) process.exitCode = 1;
else console.log(`site/dist: ${pages.length} pages, every link in them leads to one`);

function put(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}
