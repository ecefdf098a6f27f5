import { describe, expect, test } from 'vitest';
import { isLong, sample, seed } from '../../../scripts/test/daily.ts';
import { whyNoShim } from '../../local/faults/requirements.ts';
import { Workplace } from '../../local/faults/workplace.ts';
import { byShim, bySwitch, type Killing, killEverywhere } from './faults/kill-everywhere.ts';
import { FolderPlace, GitPlace, type Place, SqlitePlace } from './faults/places.ts';
import { FILE_TOOLS, GIT_TOOLS, MIRROR, SQLITE_TOOLS } from './faults/scenarios.ts';

/** All kills of all tools, as `pnpm faults` asks; else one of one tool, in the long form one of each. */
const isWhole = process.env.F9_FAULTS === 'all';
const TOO_LONG = 3_600_000;

/** Each kind of transaction: the other tools make one of these, of more than a hundred system calls each. */
const IN_SQLITE = ['write_file', 'append_file', 'move_file', 'delete_file', 'apply_changes'];

const few = <T>(all: readonly T[]): readonly T[] => (isWhole || isLong ? all : sample(all, 1));

async function prove(tool: string, place: Place, killings: readonly Killing[]): Promise<void> {
  for (const killing of killings) {
    const report = await killEverywhere(tool, place, killing, isWhole ? undefined : seed * 3);
    expect(report.breaches).toEqual([]);
    expect(report.injected).toBeGreaterThan(0);
    if (!isWhole) continue;
    expect(report.injected, `kills of ${tool} ${killing.name}`).toBe(report.found);
    console.log(
      `${tool} on ${place.kind}, killed ${killing.name}: ${report.found} found, ${report.injected} injected`,
    );
  }
}

const title = isWhole ? 'killed at every step' : `killed at a step (seed ${seed})`;

// A server that starts, and then files that are looked at: one alone leaves a core idle.
describe('a server that is killed', { concurrent: true }, () => {
  test.each(few(Object.keys(FILE_TOOLS)))(
    `%s on a folder, ${title}: files are old or new and whole, and the next server works on`,
    async (tool) => await prove(tool, new FolderPlace(FILE_TOOLS[tool]!), [bySwitch('before')]),
    TOO_LONG,
  );

  /** Dearer to make, and proven by their own packages too: not every day. */
  if (isWhole || isLong) {
    test(
      `mirror_vault, ${title}: as above`,
      async () => {
        await prove('mirror_vault', new FolderPlace(MIRROR, ['notes', 'backup']), [bySwitch('before')]);
      },
      TOO_LONG,
    );

    test.each(Object.keys(GIT_TOOLS))(
      `%s in git, ${title}: as above, and the next sync publishes`,
      async (tool) => await prove(tool, await GitPlace.make(tool), [bySwitch('before'), bySwitch('orphan')]),
      TOO_LONG,
    );

    const reason = whyNoShim();
    test.skipIf(reason !== undefined).each(IN_SQLITE)(
      `%s in SQLite, ${title}: as above (needs Linux, cc)`,
      async (tool) => {
        using workplace = new Workplace();
        const place = await SqlitePlace.make(SQLITE_TOOLS[tool]!);
        await prove(tool, place, [byShim(workplace, 'kill'), byShim(workplace, 'killHalfway')]);
      },
      TOO_LONG,
    );
  }
});
