import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LocalFileBackend } from '@f9/local';
import { expect, test } from 'vitest';
import { isLong, sample, seed } from '../../../scripts/test/daily.ts';
import { type Answer, overStdio } from './connect.ts';

const OLD = `# A\n${'old '.repeat(20_000)}\n`;
const NEW = 'new '.repeat(20_000);

/** Each tool that changes files, what it makes of them, and what a file may hold at any time. */
const TOOLS: Readonly<
  Record<string, { readonly input: Record<string, unknown>; readonly after: Record<string, string> }>
> = {
  write_file: { input: { path: '/a.md', content: NEW }, after: { 'a.md': NEW } },
  edit_file: {
    input: { path: '/a.md', edits: [{ oldText: 'old', newText: 'new', all: true }] },
    after: { 'a.md': OLD.replaceAll('old', 'new') },
  },
  append_file: { input: { path: '/a.md', content: NEW }, after: { 'a.md': OLD + NEW } },
  patch_note: {
    input: { path: '/a.md', section: 'A', operation: 'replace', content: NEW },
    after: { 'a.md': `# A\n${NEW}\n` },
  },
  create_directory: { input: { path: '/d/e' }, after: { 'a.md': OLD } },
  move_file: { input: { source: '/a.md', destination: '/b.md' }, after: { 'b.md': OLD } },
  copy_file: { input: { source: '/a.md', destination: '/b.md' }, after: { 'a.md': OLD, 'b.md': OLD } },
  delete_file: { input: { path: '/a.md' }, after: {} },
  apply_changes: {
    input: {
      changes: [
        { action: 'write', path: '/b.md', content: 'b' },
        { action: 'edit', path: '/a.md', edits: [{ oldText: '# A', newText: '# B' }] },
        { action: 'append', path: '/c.md', content: NEW },
      ],
    },
    after: { 'a.md': OLD.replace('# A', '# B'), 'b.md': 'b', 'c.md': NEW },
  },
};

/** All kills of all tools in the long form, else one of one. */
const names = isLong ? Object.keys(TOOLS) : sample(Object.keys(TOOLS), 1);

const notes = (folder: string): Record<string, string> =>
  Object.fromEntries(
    readdirSync(folder)
      .filter((name) => name.endsWith('.md'))
      .map((name) => [name, readFileSync(join(folder, name), 'utf8')]),
  );

interface Outcome {
  readonly folder: string;
  readonly answer: Answer | undefined;
  /** Calls that change a filesystem, where the server came to its end. */
  readonly steps: number | undefined;
}

/** A server on a folder of its own that makes one call; it is killed before the step that is asked for. */
async function run(name: string, killAt: number): Promise<Outcome> {
  const folder = mkdtempSync(join(tmpdir(), 'f9-mcp-kill-'));
  writeFileSync(join(folder, 'a.md'), OLD);
  const preload = ['--import', new URL('./faults/kill-switch.ts', import.meta.url).href];
  let log = (): string => '';
  let answer: Answer | undefined;
  try {
    const server = await overStdio([folder], 'modern', undefined, {
      preload,
      env: { F9_KILL_AT: `${killAt}` },
    });
    log = server.log;
    answer = await server.call(name, TOOLS[name]!.input).catch(() => undefined);
    await server.client.close();
  } catch {
    // It was killed before it could answer who connected.
  }
  const steps = /steps: (\d+)/.exec(log())?.[1];
  return { folder, answer, steps: steps === undefined ? undefined : Number(steps) };
}

test.each(names)(
  `%s, killed before every step (seed ${seed}): files are old or new and whole, and the next server works on`,
  async (name) => {
    const { after } = TOOLS[name]!;
    const whole = await run(name, 0);
    expect(whole.answer?.isError).toBe(false);
    expect(notes(whole.folder)).toEqual(after);
    const found = whole.steps!;
    expect(found).toBeGreaterThan(0);
    const all = Array.from({ length: found }, (_, index) => index + 1);
    const chosen = isLong ? all : sample(all, 1);
    let injected = 0;
    for (const step of chosen) {
      let outcome = await run(name, step);
      // A run may take a step less than the one that was counted: then there was none to be killed at.
      for (let again = 0; outcome.steps !== undefined && again < 5; again++) {
        expect(outcome.steps).toBeLessThan(step);
        outcome = await run(name, step);
      }
      const { folder, answer, steps } = outcome;
      if (steps === undefined) injected++;
      const left = notes(folder);
      for (const [file, text] of Object.entries(left))
        expect([...(file === 'a.md' ? [OLD] : []), after[file]], `${file}, step ${step}`).toContain(text);
      if (answer?.isError === false) expect(left).toEqual(after);
      if (name !== 'delete_file') expect(Object.keys(left)).not.toEqual([]);
      // Whatever the killed one held or left is in nobody's way.
      await using next = new LocalFileBackend({ root: folder });
      await next.create('a.md', { data: OLD, overwrite: true });
      await next.edit('a.md', (bytes) => Buffer.concat([bytes, Buffer.from('!')]));
    }
    // The last step that was counted may be one that hardly any run takes.
    expect(injected).toBeGreaterThanOrEqual(chosen.length - (isLong ? 1 : 0));
  },
  600_000,
);
