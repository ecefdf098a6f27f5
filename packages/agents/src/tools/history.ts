import { z } from 'zod';
import { pageOf } from './bounds.ts';
import { shownPath } from './paths.ts';
import { CHANGES, defineTool, READS, type VaultTool, type Workplace, within } from './tool.ts';
import { written } from './writing.ts';

/** Tools for vaults that keep versions. */
export function historyTools({ vault, pathOf, maxBytes }: Workplace): VaultTool[] {
  if (!vault.capabilities.versions) return [];
  return [
    defineTool({
      name: 'file_history',
      title: 'File history',
      description: 'Versions of a file, newest first.',
      input: z.object({ path: z.string(), limit: z.int().min(1).max(1000).optional() }),
      hints: READS,
      body: async ({ path, limit = 50 }, context) => {
        const lines: string[] = [];
        for await (const version of vault.history(pathOf(path), { limit, ...within(context) })) {
          const what = version.deleted ? 'deleted' : `${version.size} bytes`;
          const said = [version.author, version.message?.split('\n')[0]].filter((text) => text !== undefined);
          lines.push(`${version.version} ${version.at.toISOString()} ${what} ${said.join(': ')}`.trimEnd());
        }
        const { content, ...rest } = pageOf(lines, {}, maxBytes, 'There is no version of it');
        return { content, data: rest };
      },
    }),
    defineTool({
      name: 'restore_version',
      title: 'Restore version',
      description: 'Make a file what it was in a version of file_history.',
      input: z.object({ path: z.string(), version: z.string(), ifMatch: z.string().optional() }),
      hints: CHANGES,
      body: async ({ path, version, ifMatch }, context) => {
        const at = pathOf(path);
        await context.consent?.(['write', 'overwrite'], `Restore ${shownPath(at)} of ${version}?`);
        const options = { version, ...(ifMatch === undefined ? {} : { ifMatch }), ...within(context) };
        const info = await vault.restore(at, options);
        return written(at, info.etag, `${shownPath(at)} is what it was in ${version}`);
      },
    }),
  ];
}
