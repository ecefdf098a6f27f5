import { backendError } from '@f9/core/driver';
import { type GrepMatch, grep } from '@f9/text/files';
import { z } from 'zod';
import { cutTo, pageOf } from './bounds.ts';
import { directoryFrom, shownPath } from './paths.ts';
import { defineTool, READS, type VaultTool, type Workplace, within } from './tool.ts';

const DEFAULT_MATCHES = 200;
/** Milliseconds that a regular expression of a model may take. */
const REGEX_TIME = 2000;
/** Most characters of a line that a match shows. */
const LINE = 500;
/** Characters of a long line that are shown before what matches. */
const BEFORE_MATCH = 100;

/** Tools that look into files. */
export function searchingTools(place: Workplace): VaultTool[] {
  const { vault, pathOf, maxBytes } = place;
  const tools = [
    defineTool({
      name: 'grep_files',
      title: 'Search in files',
      description: 'Lines that contain a literal text, or match a regular expression, as path:line: text.',
      input: z.object({
        pattern: z.string(),
        regex: z.boolean().optional(),
        path: z.string().optional(),
        glob: z.string().optional().describe('Only in these files, such as **/*.md'),
        ignoreCase: z.boolean().optional(),
        context: z.int().min(0).max(10).optional(),
        maxMatches: z.int().min(1).max(10_000).optional(),
      }),
      hints: READS,
      body: async (
        { pattern, regex, path, glob, ignoreCase, context: around = 0, maxMatches = DEFAULT_MATCHES },
        context,
      ) => {
        const result = await grep(vault, regex === true ? expression(pattern) : pattern, {
          ...(path === undefined ? {} : { path: directoryFrom(pathOf(path)) }),
          ...(glob === undefined ? {} : { glob }),
          ignoreCase: ignoreCase ?? false,
          context: around,
          maxMatches,
          timeLimit: REGEX_TIME,
          ...within(context),
        });
        const lines = result.matches.flatMap((match) => [
          ...match.before.map(
            (text, index) =>
              `${shownPath(match.path)}-${match.line - match.before.length + index}- ${cutTo(text, LINE)}`,
          ),
          `${shownPath(match.path)}:${match.line}: ${aroundMatch(match)}`,
          ...match.after.map(
            (text, index) => `${shownPath(match.path)}-${match.line + index + 1}- ${cutTo(text, LINE)}`,
          ),
        ]);
        const { binary, tooLarge, failed } = result.skipped;
        const left = binary + tooLarge + failed.length;
        const page = pageOf(
          lines,
          {},
          maxBytes - 100,
          `No line contains it (${result.searched} files searched)`,
        );
        const notes = [
          result.truncated
            ? `There are more than ${maxMatches} matches; say more of the text, or give path or glob`
            : undefined,
          left > 0
            ? `Not searched: ${binary} binary, ${tooLarge} too large, ${failed.length} unreadable`
            : undefined,
        ].filter((note) => note !== undefined);
        return {
          content: [page.content, ...notes].join('\n'),
          data: { matches: result.matches.length, truncated: result.truncated || page.truncated },
        };
      },
    }),
  ];
  if (!vault.capabilities.search) return tools;
  return [
    ...tools,
    defineTool({
      name: 'search_by_meaning',
      title: 'Search by meaning',
      description: 'Files that answer a question, best first, with the passage that does.',
      input: z.object({
        query: z.string(),
        path: z.string().optional(),
        limit: z.int().min(1).max(50).optional(),
      }),
      hints: READS,
      body: async ({ query, path, limit }, context) => {
        const found = await vault.search(query, {
          ...(path === undefined ? {} : { path: directoryFrom(pathOf(path)) }),
          ...(limit === undefined ? {} : { limit }),
          ...within(context),
        });
        const lines = found.map(
          (result) => `${shownPath(result.path)} (${result.score.toFixed(2)})\n${result.snippet.trim()}\n`,
        );
        const { content, ...rest } = pageOf(lines, {}, maxBytes, 'Nothing was found');
        return { content, data: rest };
      },
    }),
  ];
}

/** As much of a line as is shown, with the match in it. */
function aroundMatch({ text, column }: GrepMatch): string {
  const start = column <= LINE - BEFORE_MATCH ? 0 : column - BEFORE_MATCH;
  return `${start === 0 ? '' : '…'}${cutTo(text.slice(start).toWellFormed(), LINE)}`;
}

function expression(pattern: string): RegExp {
  try {
    return new RegExp(pattern);
  } catch (error) {
    throw backendError(
      'INVALID_ARGUMENT',
      `${(error as Error).message}; leave regex out to search for a literal text`,
    );
  }
}
