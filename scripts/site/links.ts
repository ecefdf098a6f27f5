import { existsSync, statSync } from 'node:fs';
import { dirname, join, posix, relative } from 'node:path';
import { routeOf } from './pages.ts';

const REPOSITORY = 'https://github.com/f9-files/f9';

/** The text of a document with its links as the site has them: to pages of it, to pictures, and to the repository for all else. */
export function withLinks(text: string, source: string, pages: ReadonlySet<string>): string {
  const target = (link: string): string => linkOf(link, source, pages);
  return outsideCode(text, (prose) =>
    prose
      .replace(/(\]\()([^)\s]+)(?=[)\s])/g, (_, open: string, link: string) => `${open}${target(link)}`)
      .replace(/^(\[[^\]]+\]: )(\S+)$/gm, (_, open: string, link: string) => `${open}${target(link)}`),
  );
}

/** @throws for a link that leads nowhere */
function linkOf(link: string, source: string, pages: ReadonlySet<string>): string {
  const own = `${REPOSITORY}/blob/main/`;
  if (link.startsWith(own)) return linkOf(relative(dirname(source), link.slice(own.length)), source, pages);
  if (/^[a-z]+:|^#/i.test(link)) return link;
  const [path = '', anchor] = link.split('#');
  const file = posix.normalize(posix.join(dirname(source), path)).replace(/\/$/, '');
  const hash = anchor === undefined ? '' : `#${anchor}`;
  const candidates = [file, `${file}/README.md`, ...(file === '.' ? ['README.md'] : [])];
  const page = candidates.find((candidate) => pages.has(candidate));
  if (page !== undefined) return `/${routeOf(page)}${hash}`;
  if (!existsSync(file)) throw new Error(`${source} links to ${link}, which is not there`);
  if (/\.(?:svg|png)$/.test(file)) return `/${routeOf(file)}`;
  return `${REPOSITORY}/${statSync(file).isDirectory() ? 'tree' : 'blob'}/main/${file}${hash}`;
}

/** Changes what is neither in a block of code nor between backticks; leaves out comments, between which tools write, and no reader needs. */
function outsideCode(text: string, change: (prose: string) => string): string {
  return text
    .split(/(^```[\s\S]*?^```$|<!--[\s\S]*?-->\n?|`[^`\n]+`)/m)
    .map((part, i) => (i % 2 === 0 ? change(part) : part.startsWith('<!--') ? '' : withoutMarks(part)))
    .join('');
}

/** What follows the language of a block is for the tests; VitePress would take a digit in it for a line to highlight. */
function withoutMarks(code: string): string {
  return code.replace(/^(```\w+) .*$/m, '$1');
}

/** Where a picture of the repository is put for the site. */
export function pictureRoute(file: string): string {
  return join('public', routeOf(file));
}
