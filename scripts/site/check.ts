import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface DeadLink {
  readonly page: string;
  readonly link: string;
}

/** Every link of the built pages, menus included, that leads to no page of it or to no heading of a page. Links elsewhere are not followed. */
export function deadLinks(folder: string, base: string): DeadLink[] {
  const pages = globSync(join(folder, '**/*.html'));
  const ids = new Map(pages.map((page) => [page, idsOf(readFileSync(page, 'utf8'))]));
  return pages.flatMap((page) => {
    const links = readFileSync(page, 'utf8').matchAll(/ (?:href|src)="([^"]+)"/g);
    return [...new Set(Array.from(links, ([, link]) => link!.replaceAll('&amp;', '&')))]
      .filter((link) => !/^[a-z]+:|^\/\//i.test(link))
      .filter((link) => !isThere(link, page))
      .map((link) => ({ page, link }));
  });

  function isThere(link: string, page: string): boolean {
    const [path = '', anchor] = decodeURI(link).split('#');
    const target = path === '' ? page : fileOf(path);
    if (target === undefined) return false;
    return anchor === undefined || anchor === '' || ids.get(target)?.has(anchor) === true;
  }

  function fileOf(path: string): string | undefined {
    const file = join(folder, path.startsWith(base) ? path.slice(base.length) : path);
    return [file, `${file}.html`, join(file, 'index.html')].find(
      (candidate) =>
        existsSync(candidate) &&
        (ids.has(candidate) || (!candidate.endsWith('/') && /\.\w+$/.test(candidate))),
    );
  }
}

function idsOf(html: string): Set<string> {
  return new Set(Array.from(html.matchAll(/ id="([^"]+)"/g), ([, id]) => id!));
}
