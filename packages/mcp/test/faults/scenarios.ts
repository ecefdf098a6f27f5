import type { GitSyncFileBackend } from '@f9/git';

/** What files hold, by path. */
export type Contents = Readonly<Record<string, string>>;

const OLD = `# A\n${'old '.repeat(20_000)}\n`;
const NEW = 'new '.repeat(20_000);

/** What most calls begin with. */
export const BEFORE: Contents = { 'a.md': OLD };

/** A call of a tool that changes something. */
export interface Scenario {
  readonly input: Readonly<Record<string, unknown>>;
  readonly before: Contents;
  readonly after: Contents;
}

/** Of vaults of every kind. */
const CHANGES: Readonly<Record<string, Omit<Scenario, 'before'>>> = {
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

export const FILE_TOOLS: Readonly<Record<string, Scenario>> = Object.fromEntries(
  Object.entries(CHANGES).map(([tool, change]) => [tool, { before: BEFORE, ...change }]),
);

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
