import { backendError, baseName } from '@f9/core/driver';
import { z } from 'zod';
import { pageOf } from './bounds.ts';
import { belowDirectory, directoryFrom, shownPath } from './paths.ts';
import { type SizedEntry, withSizes } from './sizes.ts';
import { defineTool, READS, type ToolContext, type VaultTool, type Workplace, within } from './tool.ts';

const PAGE = { offset: z.int().min(0).optional(), limit: z.int().min(1).optional() };

/** Tools that show which files there are. */
export function listingTools(place: Workplace): VaultTool[] {
  const { vault, pathOf, maxBytes } = place;
  return [
    defineTool({
      name: 'list_directory',
      title: 'List directory',
      description: 'What is in a directory: [DIR] and [FILE] names.',
      input: z.object({ path: z.string(), ...PAGE }),
      hints: READS,
      body: async ({ path, ...page }, context) => {
        const entries = await entriesOf(place, path, context);
        const { content, ...rest } = pageOf(entries.map(line), page, maxBytes, 'The directory is empty');
        return { content, data: rest };
      },
    }),
    defineTool({
      name: 'list_directory_with_sizes',
      title: 'List directory with sizes',
      description: 'What is in a directory, with sizes in bytes.',
      input: z.object({ path: z.string(), sortBy: z.enum(['name', 'size']).optional(), ...PAGE }),
      hints: READS,
      body: async ({ path, sortBy, ...page }, context) => {
        const entries = await withSizes(vault, await entriesOf(place, path, context), within(context));
        if (sortBy === 'size') entries.sort((a, b) => (b.size ?? 0) - (a.size ?? 0));
        const lines = entries.map((entry) =>
          entry.isDir ? line(entry) : `${line(entry)} ${entry.size ?? '?'}`,
        );
        const files = entries.filter(({ isDir }) => !isDir);
        const total = files.reduce((sum, { size }) => sum + (size ?? 0), 0);
        const summary = `Total: ${files.length} files, ${entries.length - files.length} directories, ${total} bytes`;
        const { content, ...rest } = pageOf(
          lines,
          page,
          maxBytes - summary.length - 2,
          'The directory is empty',
        );
        return { content: `${content}\n\n${summary}`, data: rest };
      },
    }),
    defineTool({
      name: 'directory_tree',
      title: 'Directory tree',
      description: 'All that is below a directory as a tree of names; maxDepth keeps it small.',
      input: z.object({
        path: z.string(),
        maxDepth: z.int().min(1).optional(),
        excludePatterns: z.array(z.string()).optional(),
        ...PAGE,
      }),
      hints: READS,
      body: async ({ path, maxDepth, excludePatterns, ...page }, context) => {
        const base = directoryFrom(pathOf(path));
        await assertDirectory(place, base, context);
        const found = await vault.globInfo(belowDirectory(base, downTo(maxDepth)), {
          includeDirs: true,
          dot: true,
          ...(excludePatterns === undefined
            ? {}
            : { ignore: excludePatterns.flatMap((pattern) => ignored(base, pattern)) }),
          ...within(context),
        });
        const depthOf = (entry: string): number =>
          entry.slice(base === '' ? 0 : base.length + 1).split('/').length;
        const lines = found
          .filter(
            (entry) => entry.path !== base && (maxDepth === undefined || depthOf(entry.path) <= maxDepth),
          )
          .map((entry) => `${'  '.repeat(depthOf(entry.path) - 1)}${name(entry)}${entry.isDir ? '/' : ''}`);
        const { content, ...rest } = pageOf(lines, page, maxBytes, 'The directory is empty');
        return { content, data: rest };
      },
    }),
    defineTool({
      name: 'search_files',
      title: 'Find files by name',
      description: 'Paths that match a glob pattern such as **/*.md, below a directory.',
      input: z.object({
        path: z.string(),
        pattern: z.string(),
        excludePatterns: z.array(z.string()).optional(),
        ...PAGE,
      }),
      hints: READS,
      body: async ({ path, pattern, excludePatterns, ...page }, context) => {
        const base = directoryFrom(pathOf(path));
        await assertDirectory(place, base, context);
        const found = await vault.glob(belowDirectory(base, pattern), {
          includeDirs: true,
          ...(excludePatterns === undefined
            ? {}
            : { ignore: excludePatterns.flatMap((exclude) => ignored(base, exclude)) }),
          ...within(context),
        });
        const { content, ...rest } = pageOf(found.map(shownPath), page, maxBytes, 'No matches found');
        return { content, data: rest };
      },
    }),
    defineTool({
      name: 'list_allowed_directories',
      title: 'Vaults',
      description: 'The vaults there are, and what each can do. Paths start at /.',
      input: z.object({}),
      hints: READS,
      body: async () => {
        const parts = place.parts.size > 0 ? [...place.parts] : [['', vault] as const];
        const lines = parts.map(([part, { name: kind, capabilities, driver }]) => {
          const can = [
            capabilities.search ? 'search_by_meaning' : undefined,
            capabilities.versions ? 'file_history' : undefined,
            driver.sync === undefined ? undefined : 'sync_vault',
          ].filter((tool) => tool !== undefined);
          return `${shownPath(part)} (${kind})${can.length === 0 ? '' : `: ${can.join(', ')}`}`;
        });
        return { content: lines.join('\n') };
      },
    }),
  ];
}

/** Depth from which on it is cheaper to look at all than to say how deep. */
const DEEP = 20;

/** A pattern of all that is at most so deep, with which nothing deeper is walked. */
function downTo(maxDepth = DEEP): string {
  if (maxDepth >= DEEP) return '**';
  const levels = Array.from({ length: maxDepth }, (_, index) => `${'*/'.repeat(index)}*`);
  return levels.length === 1 ? '*' : `{${levels.join(',')}}`;
}

async function entriesOf(
  { vault, pathOf }: Workplace,
  path: string,
  context: ToolContext,
): Promise<SizedEntry[]> {
  const entries: SizedEntry[] = [];
  for await (const entry of vault.list(directoryFrom(pathOf(path)), within(context))) entries.push(entry);
  return entries;
}

async function assertDirectory({ vault }: Workplace, path: string, context: ToolContext): Promise<void> {
  if (path === '' || (await vault.info(path, within(context))).isDir) return;
  throw backendError('NOT_DIRECTORY', `${JSON.stringify(path)} is a file`, { path });
}

function line(entry: SizedEntry): string {
  return `${entry.isDir ? '[DIR]' : '[FILE]'} ${name(entry)}`;
}

function name({ path }: SizedEntry): string {
  return shownPath(baseName(path)).slice(1);
}

/** Patterns as the reference server reads them: a plain name leaves out everything of that name at any depth. */
function ignored(base: string, pattern: string): string[] {
  return pattern.includes('*')
    ? [belowDirectory(base, pattern)]
    : [belowDirectory(base, pattern), belowDirectory(base, `**/${pattern}`)];
}
