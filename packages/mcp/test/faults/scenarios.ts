import type { GitSyncFileBackend } from '@f9/git';

/** What files hold, by path. */
export type Contents = Readonly<Record<string, string>>;

/** Texts of so many words: a write of a large one has a middle, a small one is of few pages of a database. */
const textsOf = (words: number): { readonly old: string; readonly now: string } => ({
  old: `# A\n${'old '.repeat(words)}\n`,
  now: 'new '.repeat(words),
});

const { old: OLD, now: NEW } = textsOf(20_000);

/** What a vault in git begins with. */
export const BEFORE: Contents = { 'a.md': OLD };

/** A call of a tool that changes something. */
export interface Scenario {
  readonly input: Readonly<Record<string, unknown>>;
  readonly before: Contents;
  readonly after: Contents;
}

/** Calls of vaults of every kind, by tool, on texts of so many words. */
function fileTools(words: number): Readonly<Record<string, Scenario>> {
  const { old, now } = textsOf(words);
  const calls: Readonly<Record<string, Omit<Scenario, 'before'>>> = {
    write_file: { input: { path: '/a.md', content: now }, after: { 'a.md': now } },
    edit_file: {
      input: { path: '/a.md', edits: [{ oldText: 'old', newText: 'new', all: true }] },
      after: { 'a.md': old.replaceAll('old', 'new') },
    },
    append_file: { input: { path: '/a.md', content: now }, after: { 'a.md': old + now } },
    patch_note: {
      input: { path: '/a.md', section: 'A', operation: 'replace', content: now },
      after: { 'a.md': `# A\n${now}\n` },
    },
    create_directory: { input: { path: '/d/e' }, after: { 'a.md': old } },
    move_file: { input: { source: '/a.md', destination: '/b.md' }, after: { 'b.md': old } },
    copy_file: { input: { source: '/a.md', destination: '/b.md' }, after: { 'a.md': old, 'b.md': old } },
    delete_file: { input: { path: '/a.md' }, after: {} },
    apply_changes: {
      input: {
        changes: [
          { action: 'write', path: '/b.md', content: 'b' },
          { action: 'edit', path: '/a.md', edits: [{ oldText: '# A', newText: '# B' }] },
          { action: 'append', path: '/c.md', content: now },
        ],
      },
      after: { 'a.md': old.replace('# A', '# B'), 'b.md': 'b', 'c.md': now },
    },
  };
  const before = { 'a.md': old };
  return Object.fromEntries(Object.entries(calls).map(([tool, call]) => [tool, { before, ...call }]));
}

export const FILE_TOOLS: Readonly<Record<string, Scenario>> = fileTools(20_000);
/** A page more is two more steps of a kind that is proven by now, each a start of a server. */
export const SQLITE_TOOLS: Readonly<Record<string, Scenario>> = fileTools(2000);

/** Between two folders. */
export const MIRROR: Scenario = {
  input: { source: 'notes', target: 'backup', prune: true },
  before: { 'notes/a.md': OLD, 'notes/b.md': 'b', 'backup/a.md': 'older', 'backup/gone.md': 'gone' },
  after: { 'notes/a.md': OLD, 'notes/b.md': 'b', 'backup/a.md': OLD, 'backup/b.md': 'b' },
};

/** Of a vault in git, and what happened in it and at its remote before; what the files hold is told in `before`. */
export const GIT_TOOLS: Readonly<
  Record<
    string,
    Omit<Scenario, 'input'> & {
      readonly input: Scenario['input'] | ((ours: GitSyncFileBackend) => Promise<Scenario['input']>);
      readonly prepare?: (ours: GitSyncFileBackend, theirs: GitSyncFileBackend) => Promise<void>;
    }
  >
> = {
  write_file: FILE_TOOLS.write_file!,
  move_file: FILE_TOOLS.move_file!,
  apply_changes: FILE_TOOLS.apply_changes!,
  restore_version: {
    prepare: async (ours) => {
      await ours.update('a.md', { data: NEW });
      await ours.sync();
    },
    input: async (ours) => {
      const versions = await Array.fromAsync(ours.history('a.md'));
      return { path: '/a.md', version: versions.at(-1)!.version };
    },
    before: { 'a.md': NEW },
    after: { 'a.md': OLD },
  },
  sync_vault: {
    prepare: async (ours, theirs) => {
      await ours.create('ours.md', { data: NEW });
      await theirs.create('theirs.md', { data: NEW });
      await theirs.sync();
    },
    input: {},
    before: { 'a.md': OLD, 'ours.md': NEW },
    after: { 'a.md': OLD, 'ours.md': NEW, 'theirs.md': NEW },
  },
  resolve_conflict: {
    prepare: async (ours, theirs) => {
      await theirs.update('a.md', { data: 'theirs' });
      await theirs.sync();
      await ours.update('a.md', { data: 'ours' });
      await ours.sync().catch(() => undefined);
    },
    input: { path: '/a.md', keep: 'remote' },
    before: { 'a.md': 'ours' },
    after: { 'a.md': 'theirs' },
  },
};
