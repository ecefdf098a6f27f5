import { CHECKSUM_ALGORITHMS, type ChecksumAlgorithm, type FileInfo } from '@f9/core';
import { type Command, Option } from 'commander';
import type { Invoke } from '../invoke.ts';
import { withExamples } from '../terminal/help.ts';
import { formatBytes, formatCount, visibleLine } from '../terminal/text.ts';

interface InfoOptions {
  readonly checksum?: ChecksumAlgorithm;
  readonly encoding?: boolean;
}

export function addInfo(program: Command, invoke: Invoke): void {
  const command = program
    .command('info')
    .summary('tell all that is known of a file')
    .description('Tell all that the vault knows of files or directories. What it does not know is left out.')
    .argument('<location...>', 'files or directories')
    .addOption(new Option('-c, --checksum <algorithm>', 'also its checksum').choices(CHECKSUM_ALGORITHMS))
    .option('-e, --encoding', 'also its text encoding; looks into the file')
    .action(
      invoke('info', async (context, locations: string[], options: InfoOptions) => {
        const { checksum, encoding = false } = options;
        const { output, signal } = context;
        return await context.each(locations, 'entry', async ({ backend, path, nameOf }) => {
          const info = await backend.info(path, {
            detectEncoding: encoding,
            signal,
            ...(checksum === undefined ? {} : { checksum }),
          });
          const location = nameOf(path);
          const rows = describe(info, checksum).map(
            ([key, value]) => `  ${output.colors.dim(`${key}:`.padEnd(13))}${visibleLine(value)}`,
          );
          await output.item(
            { location, ...info.toJSON() },
            [output.colors.bold(visibleLine(location)), ...rows].join('\n'),
          );
        });
      }),
    );
  withExamples(command, [
    ['f9 info notes:today.md', 'type, size, times, permissions, etag'],
    ['f9 info -c sha256 -e notes:today.md', 'also its checksum and encoding'],
    ['f9 info notes:today.md --json | jq -r .etag', 'the version, for f9 write --if-match'],
  ]);
}

function describe(info: FileInfo, algorithm: ChecksumAlgorithm | undefined): [string, string][] {
  const { size, permissions, ownerUid, ownerGid } = info;
  const rows: [string, string | undefined][] = [
    ['path', info.path === '' ? '/' : info.path],
    ['type', info.fileType],
    [
      'size',
      size === undefined
        ? undefined
        : `${formatCount(size)} bytes${size < 1000 ? '' : ` (${formatBytes(size)})`}`,
    ],
    ['created', info.createdAt?.toISOString()],
    ['modified', info.modifiedAt?.toISOString()],
    ['accessed', info.accessedAt?.toISOString()],
    ['permissions', permissions?.toString(8).padStart(4, '0')],
    ['owner', ownerUid === undefined ? undefined : `${ownerUid}:${ownerGid}`],
    ['encoding', info.encoding],
    [algorithm ?? 'checksum', info.checksum],
    ['etag', info.etag],
  ];
  return rows.filter((row): row is [string, string] => row[1] !== undefined);
}
