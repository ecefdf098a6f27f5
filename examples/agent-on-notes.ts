// An agent works on notes in git through tools alone: the official client, a server of its own process, and a colleague who commits meanwhile.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { GitSyncFileBackend } from '@f9/git';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { chapter, check, quote, say, title } from './support/story.ts';

const workplace = mkdtempSync(join(tmpdir(), 'f9-agent-on-notes-'));
await using cleanUp = new AsyncDisposableStack();
cleanUp.defer(() => rmSync(workplace, { recursive: true, force: true }));

title('An agent on notes');

chapter('1. Notes in a repository, an empty folder, and one server over both');
const remote = join(workplace, 'notes.git');
const folder = join(workplace, 'folder');
execFileSync('git', ['init', '--quiet', '--bare', '--initial-branch=main', remote]);
mkdirSync(folder);
const ann = cleanUp.use(
  await GitSyncFileBackend.open({ remoteUrl: remote, path: join(workplace, 'ann'), authorName: 'Ann' }),
);
await ann.create('garden.md', {
  data: '---\nseason: spring\n---\n# Garden\n\n## Water\n\nRoses: daily.\n\n## Soil\n\nLoam.\n',
});
await ann.create('house.md', { data: '# House\n\nPaint the door.\n' });
await ann.push({ message: 'Begin our notes' });

const notes = `git+${pathToFileURL(remote).href}?path=${encodeURIComponent(join(workplace, 'clone'))}`;
const client = new Client({ name: 'scripted-agent', version: '1.0.0' });
const program = join(import.meta.dirname, '../packages/mcp/src/bin.ts');
await client.connect(
  new StdioClientTransport({
    command: process.execPath,
    args: ['--conditions=@f9/source', program, `notes=${notes}`, `folder=${folder}`],
    stderr: 'inherit',
  }),
);
cleanUp.defer(() => client.close());
const { tools } = await client.listTools();
say(`${tools.length} tools, all that the agent has:`);
quote(
  tools
    .map(({ name }) => name)
    .join(' ')
    .match(/.{1,90}(?: |$)/g)!,
);

chapter('2. It looks for the roses, and reads the one section that has them');
const found = await use('grep_files', { pattern: 'roses', ignoreCase: true });
check(found.includes('/notes/garden.md:8'), 'the line is found');
const section = await use('read_note', { path: '/notes/garden.md', section: 'Water' });
check(section === '## Water\n\nRoses: daily.\n\n', 'only its section is read');

chapter('3. It patches that section, and nothing else changes');
await use('patch_note', { path: '/notes/garden.md', section: 'Water', content: 'Lavender: never.' });
await use('patch_note', { path: '/notes/garden.md', frontmatter: { season: 'summer' } });
const wrong = await use('patch_note', { path: '/notes/garden.md', section: 'Fire', content: 'x' }, true);
check(wrong.startsWith('NO_MATCH'), 'a section that is not there is refused, with those that are');

chapter('4. Meanwhile Ann commits: one change that can be joined, and one that cannot');
await ann.update('house.md', { data: '# House\n\nPaint the door blue.\n' });
await ann.update('garden.md', {
  data: '---\nseason: spring\n---\n# Garden\n\n## Water\n\nRoses: twice a day.\n\n## Soil\n\nLoam.\n',
});
await ann.push({ message: 'Blue, and thirsty' });
await use('edit_file', {
  path: '/notes/garden.md',
  edits: [{ oldText: 'Roses: daily.', newText: 'Roses: at dawn.' }],
});
const refused = await use('sync_vault', {}, true);
check(refused.startsWith('SYNC_CONFLICT'), 'sync says that there is a conflict, and which tools to use');

chapter('5. It is shown the conflict, and settles it in words of its own');
check((await use('list_conflicts', {})).includes('garden.md'), 'one file is in conflict');
const shown = await use('show_conflict', { path: '/notes/garden.md' });
check(shown.includes('+Roses: at dawn.') && shown.includes('+Roses: twice a day.'), 'both sides are shown');
check(
  !(await use('read_text_file', { path: '/notes/garden.md' })).includes('<<<<'),
  'the file has no marker in it',
);
const settled =
  '---\nseason: summer\n---\n# Garden\n\n## Water\n\nRoses: at dawn and at dusk.\nLavender: never.\n\n## Soil\n\nLoam.\n';
await use('resolve_conflict', { path: '/notes/garden.md', content: settled });
await use('sync_vault', { message: 'Water at dawn and at dusk' });
await ann.pull();
check((await ann.read('garden.md', { binary: false })) === settled, 'Ann has what the agent wrote');
check(
  (await use('read_text_file', { path: '/notes/house.md' })).includes('blue'),
  'and the agent has her blue door',
);

chapter('6. It looks at what became of the note, and mirrors all into the folder');
const history = await use('file_history', { path: '/notes/garden.md' });
check(history.split('\n').length >= 3, 'the history has every commit');
await use('mirror_vault', { source: 'notes', target: 'folder' });
check(readFileSync(join(folder, 'garden.md'), 'utf8') === settled, 'the folder has the notes');
const again = await use('mirror_vault', { source: 'notes', target: 'folder' });
check(again.startsWith('0 copied, 0 updated'), 'a second mirror moves nothing');
title('Everything was as it says.');

/** Calls a tool, says so, and gives its text. */
async function use(name: string, input: Record<string, unknown>, fails = false): Promise<string> {
  const { content, isError = false } = await client.callTool({ name, arguments: input });
  const [first] = content;
  const text = first?.type === 'text' ? first.text : '';
  say(`${name} ${JSON.stringify(input)}`.slice(0, 110));
  quote(text.trimEnd().split('\n').slice(0, 14));
  if (isError !== fails) throw new Error(`${name} ${fails ? 'did not fail' : `failed: ${text}`}`);
  return text;
}
