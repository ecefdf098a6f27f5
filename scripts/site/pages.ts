import { globSync, readFileSync } from 'node:fs';

/** A document of the repository, and where it stands in the site. */
export interface Page {
  /** `docs/mirroring.md` */
  readonly source: string;
  /** `mirroring.md` */
  readonly route: string;
  readonly title: string;
}

/** One group of the menu. */
export interface Group {
  readonly text: string;
  readonly pages: readonly Page[];
  /** Whether it is folded at first. */
  readonly collapsed?: boolean;
}

/** The menu, in the order in which people come: what it is for, how it is run, then the parts. */
export function menu(): Group[] {
  const docs = (...names: string[]): Page[] => names.map((name) => page(`docs/${name}.md`));
  const packages = (...names: string[]): Page[] => names.map((name) => page(`packages/${name}/README.md`));
  const all = (pattern: string): Page[] => globSync(pattern).sort().map(page);
  const backends = ['local', 'git', 'openai', 'sqlite', 's3', 'postgres'].filter(isThere);
  const programs = ['factory', 'registry', 'compat', 'text', 'agents', 'mcp', 'search'].filter(isThere);
  const groups: Group[] = [
    {
      text: 'Start',
      pages: [
        page('README.md'),
        ...docs('mirroring', 'scheduled-mirrors', 'vaults', 'uris', 'search', 'sync-and-conflicts'),
      ],
    },
    {
      text: 'Backends',
      pages: [
        ...packages(...backends),
        ...docs('when-a-folder-is-not-enough', 'postgresql', 's3', 'vector-stores', 'auto-sync', 'sessions'),
      ],
    },
    {
      text: 'The command',
      pages: [...packages('cli'), ...all('docs/command/*.md')],
      collapsed: true,
    },
    {
      text: 'For programmers',
      pages: [
        ...docs(
          'recipes',
          'streaming',
          'checksums',
          'glob',
          'metadata',
          'concurrency-and-cancelling',
          'speed',
          'errors',
        ),
        ...docs('node-compatibility', 'agents', 'coming-from-python'),
        ...packages(...programs),
        page('examples/README.md'),
      ],
      collapsed: true,
    },
    { text: 'When something is wrong', pages: docs('troubleshooting', 'security', 'platforms') },
    {
      text: 'Write a backend',
      pages: [
        ...docs('writing-a-backend', 'architecture'),
        ...packages('core', 'conformance', 'openai-server'),
        page('examples/plugin-sqlite/README.md'),
        page('CONTRIBUTING.md'),
      ],
      collapsed: true,
    },
    { text: 'API', pages: all('docs/api/*.md'), collapsed: true },
  ];
  const listed = new Set(groups.flatMap(({ pages }) => pages.map(({ source }) => source)));
  const others = all('docs/*.md').filter(({ source }) => !listed.has(source));
  return others.length === 0 ? groups : [...groups, { text: 'More', pages: others, collapsed: true }];
}

function isThere(name: string): boolean {
  return globSync(`packages/${name}/README.md`).length > 0;
}

function page(source: string): Page {
  const text = readFileSync(source, 'utf8');
  const title = /^# (.*)$/m.exec(text)?.[1]?.replaceAll('`', '') ?? source;
  return { source, route: routeOf(source), title: source === 'README.md' ? 'What it is' : title };
}

/** Where a file of the repository goes: the documents are the site, the rest keeps its place. */
export function routeOf(source: string): string {
  return source
    .replace(/^docs\//, '')
    .replace(/^packages\/([^/]+)\/README\.md$/, 'packages/$1.md')
    .replace(/^README\.md$/, 'index.md')
    .replace(/\/README\.md$/, '/index.md')
    .toLowerCase();
}
