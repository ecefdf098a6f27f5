import type { FileBackend } from '@f9/core';
import type { ExecuteResponse } from 'deepagents';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { deepAgentsBackend, type VaultBackend } from '../src/deepagents/index.ts';
import { vaultShell } from '../src/just-bash/index.ts';
import { BACKENDS, type OpenVault, STARTING } from './backends.ts';

/** What the framework calls a sandbox: the files, and a shell over the same vault. */
interface Sandbox extends VaultBackend {
  execute(command: string): Promise<ExecuteResponse>;
}

function sandbox(vault: FileBackend): Sandbox {
  const shell = vaultShell(vault);
  return {
    ...deepAgentsBackend(vault),
    execute: async (command) => {
      const { stdout, stderr, exitCode } = await shell.exec(command);
      return { output: stdout + stderr, exitCode, truncated: false };
    },
  };
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const rows = (count: number, name = 'Row'): string =>
  Array.from({ length: count }, (_, i) => `${name} ${i + 1};`).join('\n');

/** What a case does with a sandbox of its own directory, `dir`; paths of its shell begin there. */
type Case = (s: Sandbox, dir: string) => Promise<void>;

async function written(s: Sandbox, path: string, content: string): Promise<void> {
  expect(await s.write(path, content)).toEqual({ path, filesUpdate: null });
}

const content = async (s: Sandbox, path: string): Promise<unknown> => (await s.read(path)).content;
const listed = async (s: Sandbox, path: string) => (await s.ls(path)).files?.map((file) => file.path);
const globbed = async (s: Sandbox, pattern: string, path: string) =>
  (await s.glob(pattern, path)).files?.map((file) => file.path.slice(path.length + 1));

/** The subjects of the framework's standard tests for its backends, case by case. */
const CASES: Readonly<Record<string, Readonly<Record<string, Case>>>> = {
  'the shell': {
    'an echo': async (s) => {
      expect(await s.execute('echo "hello"')).toEqual({ output: 'hello\n', exitCode: 0, truncated: false });
    },
    'an exit code': async (s) => {
      expect((await s.execute('exit 42')).exitCode).toBe(42);
    },
    'several lines': async (s) => {
      expect((await s.execute('echo one && echo two')).output).toBe('one\ntwo\n');
    },
    'standard error': async (s) => {
      expect((await s.execute('echo wrong >&2')).output).toBe('wrong\n');
    },
    'a variable': async (s) => {
      expect((await s.execute('export A=1 && echo $A')).output).toBe('1\n');
    },
    'an unknown command': async (s) => {
      expect((await s.execute('nonexistent_command_12345')).exitCode).toBe(127);
    },
    'a script that was uploaded': async (s, dir) => {
      await s.uploadFiles([[`${dir}/run.sh`, bytes('#!/bin/sh\necho "from a script"')]]);
      expect((await s.execute(`sh .${dir}/run.sh`)).output).toBe('from a script\n');
    },
    'what it writes is read as a file': async (s, dir) => {
      expect((await s.execute(`mkdir -p .${dir} && echo shell > .${dir}/a.txt`)).output).toBe('');
      expect(await content(s, `${dir}/a.txt`)).toBe('shell\n');
    },
  },
  'uploads and downloads': {
    'an upload': async (s, dir) => {
      const path = `${dir}/a.txt`;
      expect(await s.uploadFiles([[path, bytes('up')]])).toEqual([{ path, error: null }]);
      expect((await s.execute(`cat .${path}`)).output).toBe('up');
    },
    'a download': async (s, dir) => {
      const path = `${dir}/a.bin`;
      await s.uploadFiles([[path, Uint8Array.of(0, 255, 1)]]);
      expect(await s.downloadFiles([path])).toEqual([
        { path, error: null, content: Uint8Array.of(0, 255, 1) },
      ]);
    },
    'a download of what is not there': async (s, dir) => {
      const path = `${dir}/none.txt`;
      expect(await s.downloadFiles([path])).toEqual([{ path, error: 'file_not_found', content: null }]);
    },
    'a download of a directory': async (s, dir) => {
      await written(s, `${dir}/d/a.txt`, '');
      expect(await s.downloadFiles([`${dir}/d`])).toMatchObject([{ error: 'is_directory', content: null }]);
    },
    'several, and one that cannot be': async (s, dir) => {
      const files = ['a', 'b', 'c'].map(
        (name) => [`${dir}/${name}.txt`, bytes(name)] as [string, Uint8Array],
      );
      const uploaded = await s.uploadFiles([...files, ['/../out.txt', bytes('x')]]);
      expect(uploaded.map(({ error }) => error)).toEqual([null, null, null, 'invalid_path']);
      expect((await s.execute(`cat .${dir}/a.txt .${dir}/b.txt .${dir}/c.txt`)).output).toBe('abc');
    },
    'what was uploaded is read': async (s, dir) => {
      await s.uploadFiles([[`${dir}/a.txt`, bytes('up')]]);
      expect(await content(s, `${dir}/a.txt`)).toBe('up');
    },
    'what was uploaded is listed': async (s, dir) => {
      await s.uploadFiles([[`${dir}/d/a.txt`, bytes('up')]]);
      expect(await listed(s, dir)).toEqual([`${dir}/d/`]);
    },
  },
  write: {
    'a new file': async (s, dir) => {
      await written(s, `${dir}/a.txt`, 'Hello!\nLine 2\nLine 3');
      expect((await s.execute(`cat .${dir}/a.txt`)).output).toBe('Hello!\nLine 2\nLine 3');
    },
    'in directories that are not there yet': async (s, dir) => {
      await written(s, `${dir}/deep/er/still/a.txt`, 'nested');
      expect((await s.execute(`cat .${dir}/deep/er/still/a.txt`)).output).toBe('nested');
    },
    'over a file': async (s, dir) => {
      await written(s, `${dir}/a.txt`, 'First');
      await written(s, `${dir}/a.txt`, 'Second');
      expect((await s.execute(`cat .${dir}/a.txt`)).output).toBe('Second');
    },
    'what a shell would read as its own': async (s, dir) => {
      const text = '$VAR, `command`, $(subshell)\nTab\there\nBackslash: \\';
      await written(s, `${dir}/a.txt`, text);
      expect((await s.execute(`cat .${dir}/a.txt`)).output).toBe(text);
    },
    'an empty file': async (s, dir) => {
      await written(s, `${dir}/a.txt`, '');
      expect((await s.execute(`[ -f .${dir}/a.txt ] && echo there`)).output).toBe('there\n');
    },
    'a path with spaces': async (s, dir) => {
      await written(s, `${dir}/dir with spaces/file name.txt`, 'spaces');
      expect((await s.execute(`cat '.${dir}/dir with spaces/file name.txt'`)).output).toBe('spaces');
    },
    'other scripts and emoji': async (s, dir) => {
      const text = 'Hello 👋 世界 مرحبا Привет 🌍\nLine with émojis 🎉';
      await written(s, `${dir}/a.txt`, text);
      expect((await s.execute(`cat .${dir}/a.txt`)).output).toBe(text);
    },
    'slashes that follow one another': async (s, dir) => {
      await written(s, `${dir}//sub///a.txt`, 'Content');
      expect((await s.execute(`cat .${dir}/sub/a.txt`)).output).toBe('Content');
    },
    'a thousand lines': async (s, dir) => {
      await written(s, `${dir}/a.txt`, rows(1000));
      expect((await s.execute(`wc -l < .${dir}/a.txt`)).output.trim()).toBe('999');
    },
    'nothing but line breaks': async (s, dir) => {
      await written(s, `${dir}/a.txt`, '\n\n\n\n\n');
      expect((await s.execute(`wc -l < .${dir}/a.txt`)).output.trim()).toBe('5');
    },
    'out of the vault is an error': async (s) => {
      expect(await s.write('/../out.txt', 'x')).toEqual({
        error: expect.stringContaining('PATH_OUTSIDE_ROOT'),
      });
    },
  },
  read: {
    'a whole file': async (s, dir) => {
      await written(s, `${dir}/a.txt`, 'Line 1\nLine 2\nLine 3');
      expect(await s.read(`${dir}/a.txt`)).toEqual({
        content: 'Line 1\nLine 2\nLine 3',
        mimeType: 'text/plain',
        startLine: 1,
        endLine: 3,
        totalLines: 3,
      });
    },
    'what is not there': async (s, dir) => {
      expect((await s.read(`${dir}/none.txt`)).error?.toLowerCase()).toContain('not found');
    },
    'an empty file': async (s, dir) => {
      await written(s, `${dir}/a.txt`, '');
      expect(await s.read(`${dir}/a.txt`)).toMatchObject({ content: '', totalLines: 0 });
    },
    'from a line on': async (s, dir) => {
      await written(s, `${dir}/a.txt`, rows(10));
      expect(await content(s, `${dir}/a.txt`)).toContain('Row 5;');
      expect((await s.read(`${dir}/a.txt`, 5)).content).toBe('Row 6;\nRow 7;\nRow 8;\nRow 9;\nRow 10;');
    },
    'some lines': async (s, dir) => {
      await written(s, `${dir}/a.txt`, rows(100));
      expect(await s.read(`${dir}/a.txt`, 0, 5)).toMatchObject({
        content: 'Row 1;\nRow 2;\nRow 3;\nRow 4;\nRow 5;',
        nextOffset: 5,
      });
    },
    'some lines from a line on': async (s, dir) => {
      await written(s, `${dir}/a.txt`, rows(20));
      expect(await s.read(`${dir}/a.txt`, 10, 2)).toMatchObject({
        content: 'Row 11;\nRow 12;',
        startLine: 11,
        endLine: 12,
      });
    },
    'other scripts and emoji': async (s, dir) => {
      await written(s, `${dir}/a.txt`, 'Hello 👋 世界\nПривет\nمرحبا');
      expect(await content(s, `${dir}/a.txt`)).toBe('Hello 👋 世界\nПривет\nمرحبا');
    },
    'a long line': async (s, dir) => {
      await written(s, `${dir}/a.txt`, `short\n${'x'.repeat(3000)}\nshort`);
      expect(await content(s, `${dir}/a.txt`)).toContain('x'.repeat(3000));
    },
    'no lines': async (s, dir) => {
      await written(s, `${dir}/a.txt`, rows(3));
      expect(await s.read(`${dir}/a.txt`, 0, 0)).toEqual({ content: '', mimeType: 'text/plain' });
    },
    'from far behind the end': async (s, dir) => {
      await written(s, `${dir}/a.txt`, rows(3));
      expect(await s.read(`${dir}/a.txt`, 100, 10)).toEqual({ error: 'The file has only 3 lines' });
    },
    'from the end': async (s, dir) => {
      await written(s, `${dir}/a.txt`, rows(5));
      expect(await s.read(`${dir}/a.txt`, 5, 10)).toEqual({ error: 'The file has only 5 lines' });
    },
    'a large file in parts': async (s, dir) => {
      await written(s, `${dir}/a.txt`, rows(1000));
      for (const from of [0, 500, 900]) {
        const expected = rows(1000)
          .split('\n')
          .slice(from, from + 100)
          .join('\n');
        expect((await s.read(`${dir}/a.txt`, from, 100)).content).toBe(expected);
      }
    },
    'a picture, and a text that only has the name of one': async (s, dir) => {
      const picture = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0);
      await s.uploadFiles([
        [`${dir}/a.png`, picture],
        [`${dir}/b.png`, bytes('text')],
      ]);
      expect(await s.read(`${dir}/a.png`)).toEqual({ content: picture, mimeType: 'image/png' });
      expect(await s.read(`${dir}/b.png`)).toMatchObject({ content: 'text', mimeType: 'text/plain' });
    },
    'raw, with dates': async (s, dir) => {
      await written(s, `${dir}/a.md`, '# A\n');
      await s.uploadFiles([[`${dir}/a.bin`, Uint8Array.of(0)]]);
      const date = expect.stringMatching(/^\d{4}-\d\d-\d\dT/);
      expect(await s.readRaw(`${dir}/a.md`)).toEqual({
        data: { content: '# A\n', mimeType: 'text/markdown', created_at: date, modified_at: date },
      });
      expect(await s.readRaw(`${dir}/a.bin`)).toMatchObject({
        data: { content: Uint8Array.of(0), mimeType: 'application/octet-stream' },
      });
      expect((await s.readRaw(`${dir}/none`)).error?.toLowerCase()).toContain('not found');
    },
  },
  edit: {
    'one occurrence': async (s, dir) => {
      await written(s, `${dir}/a.txt`, 'Hello world\nGoodbye world');
      expect(await s.edit(`${dir}/a.txt`, 'Goodbye', 'Farewell')).toEqual({
        path: `${dir}/a.txt`,
        filesUpdate: null,
        occurrences: 1,
      });
      expect(await content(s, `${dir}/a.txt`)).toBe('Hello world\nFarewell world');
    },
    'several are refused': async (s, dir) => {
      await written(s, `${dir}/a.txt`, 'apple\nbanana\napple');
      expect((await s.edit(`${dir}/a.txt`, 'apple', 'pear', false)).error?.toLowerCase()).toContain(
        'multiple',
      );
      expect(await content(s, `${dir}/a.txt`)).toBe('apple\nbanana\napple');
    },
    'several, all of them': async (s, dir) => {
      await written(s, `${dir}/a.txt`, 'apple\nbanana\napple\norange\napple');
      expect((await s.edit(`${dir}/a.txt`, 'apple', 'pear', true)).occurrences).toBe(3);
      expect((await s.execute(`cat .${dir}/a.txt`)).output).toBe('pear\nbanana\npear\norange\npear');
    },
    'a text that is not there': async (s, dir) => {
      await written(s, `${dir}/a.txt`, 'Hello');
      expect((await s.edit(`${dir}/a.txt`, 'none', 'x')).error?.toLowerCase()).toContain('not found');
    },
    'a file that is not there': async (s, dir) => {
      expect((await s.edit(`${dir}/none.txt`, 'a', 'b')).error?.toLowerCase()).toContain('not found');
    },
    'what has a meaning in patterns': async (s, dir) => {
      await written(s, `${dir}/a.txt`, 'Price: $100.00\nPattern: [a-z]*');
      await s.edit(`${dir}/a.txt`, '$100.00', '$200.00 $&');
      await s.edit(`${dir}/a.txt`, '[a-z]*', '[0-9]+');
      expect(await content(s, `${dir}/a.txt`)).toBe('Price: $200.00 $&\nPattern: [0-9]+');
    },
    'several lines': async (s, dir) => {
      await written(s, `${dir}/a.txt`, 'Line 1\nLine 2\nLine 3');
      expect((await s.edit(`${dir}/a.txt`, 'Line 1\nLine 2', 'Combined')).occurrences).toBe(1);
      expect(await content(s, `${dir}/a.txt`)).toBe('Combined\nLine 3');
    },
    'with nothing': async (s, dir) => {
      await written(s, `${dir}/a.txt`, 'Keep\nDelete\nKeep');
      expect((await s.edit(`${dir}/a.txt`, 'Delete\n', '')).occurrences).toBe(1);
      expect(await content(s, `${dir}/a.txt`)).toBe('Keep\nKeep');
    },
    'with the same': async (s, dir) => {
      await written(s, `${dir}/a.txt`, 'Same');
      expect((await s.edit(`${dir}/a.txt`, 'Same', 'Same')).occurrences).toBe(1);
      expect(await content(s, `${dir}/a.txt`)).toBe('Same');
    },
    'other scripts and emoji': async (s, dir) => {
      await written(s, `${dir}/a.txt`, 'Hello 👋 世界');
      expect((await s.edit(`${dir}/a.txt`, '👋', '🌍')).occurrences).toBe(1);
      expect(await content(s, `${dir}/a.txt`)).toBe('Hello 🌍 世界');
    },
    'white space': async (s, dir) => {
      await written(s, `${dir}/a.txt`, 'One    Two');
      expect((await s.edit(`${dir}/a.txt`, '    ', ' ')).occurrences).toBe(1);
      expect(await content(s, `${dir}/a.txt`)).toBe('One Two');
    },
    'long texts': async (s, dir) => {
      await written(s, `${dir}/a.txt`, `Start\n${'x'.repeat(1000)}\nEnd`);
      expect((await s.edit(`${dir}/a.txt`, 'x'.repeat(1000), 'y'.repeat(1000))).occurrences).toBe(1);
      expect(await content(s, `${dir}/a.txt`)).toBe(`Start\n${'y'.repeat(1000)}\nEnd`);
    },
    'line endings stay': async (s, dir) => {
      await written(s, `${dir}/a.txt`, 'Line 1\r\nLine 2\r\n');
      expect((await s.edit(`${dir}/a.txt`, 'Line 1\nLine 2', 'One\nTwo')).occurrences).toBe(1);
      expect((await s.downloadFiles([`${dir}/a.txt`]))[0]!.content).toEqual(bytes('One\r\nTwo\r\n'));
    },
    'within a line': async (s, dir) => {
      await written(s, `${dir}/a.txt`, 'The quick brown fox jumps');
      expect((await s.edit(`${dir}/a.txt`, 'brown fox', 'red cat')).occurrences).toBe(1);
      expect((await s.execute(`cat .${dir}/a.txt`)).output).toBe('The quick red cat jumps');
    },
    'an empty search is refused': async (s, dir) => {
      await written(s, `${dir}/a.txt`, 'text');
      expect((await s.edit(`${dir}/a.txt`, '', 'x')).error).toContain('empty');
    },
  },
  ls: {
    'absolute paths': async (s, dir) => {
      await written(s, `${dir}/a.txt`, 'content');
      expect((await s.ls(dir)).files).toMatchObject([{ path: `${dir}/a.txt`, is_dir: false }]);
    },
    'files and directories': async (s, dir) => {
      await written(s, `${dir}/a.txt`, 'a');
      await written(s, `${dir}/b.txt`, 'b');
      await s.execute(`mkdir -p '.${dir}/sub'`);
      expect(await listed(s, dir)).toEqual([`${dir}/a.txt`, `${dir}/b.txt`, `${dir}/sub/`]);
      expect((await s.ls(dir)).files!.map((file) => file.is_dir)).toEqual([false, false, true]);
    },
    'an empty directory': async (s, dir) => {
      await s.execute(`mkdir -p '.${dir}/empty'`);
      expect(await s.ls(`${dir}/empty`)).toEqual({ files: [] });
    },
    'what is not there': async (s, dir) => {
      expect(await s.ls(`${dir}/none`)).toEqual({ files: [] });
    },
    'hidden files': async (s, dir) => {
      await written(s, `${dir}/.hidden`, '');
      await written(s, `${dir}/seen`, '');
      expect(await listed(s, dir)).toEqual([`${dir}/.hidden`, `${dir}/seen`]);
    },
    'names with spaces': async (s, dir) => {
      await written(s, `${dir}/file with spaces.txt`, '');
      await s.execute(`mkdir -p '.${dir}/dir with spaces'`);
      expect(await listed(s, dir)).toEqual([`${dir}/dir with spaces/`, `${dir}/file with spaces.txt`]);
    },
    'names of other scripts': async (s, dir) => {
      await written(s, `${dir}/测试文件.txt`, '');
      await written(s, `${dir}/файл.txt`, '');
      expect(await listed(s, dir)).toEqual([`${dir}/файл.txt`, `${dir}/测试文件.txt`]);
    },
    'fifty files': async (s, dir) => {
      await s.execute(`mkdir -p '.${dir}' && cd '.${dir}' && for i in $(seq 10 59); do echo x > f$i; done`);
      expect(await listed(s, dir)).toEqual(Array.from({ length: 50 }, (_, i) => `${dir}/f${i + 10}`));
    },
    'a slash at the end': async (s, dir) => {
      await written(s, `${dir}/a.txt`, '');
      expect(await listed(s, `${dir}/`)).toEqual([`${dir}/a.txt`]);
    },
    'names with signs': async (s, dir) => {
      await written(s, `${dir}/file(1).txt`, '');
      await written(s, `${dir}/file-3.txt`, '');
      expect(await listed(s, dir)).toEqual([`${dir}/file(1).txt`, `${dir}/file-3.txt`]);
    },
  },
  glob: {
    'one star': async (s, dir) => {
      for (const name of ['a.txt', 'b.txt', 'c.py']) await written(s, `${dir}/${name}`, '');
      expect(await globbed(s, '*.txt', dir)).toEqual(['a.txt', 'b.txt']);
    },
    'two stars': async (s, dir) => {
      for (const name of ['r.txt', 'x/n.txt', 'y/n.txt']) await written(s, `${dir}/${name}`, '');
      expect(await globbed(s, '**/*.txt', dir)).toEqual(['r.txt', 'x/n.txt', 'y/n.txt']);
    },
    'no match': async (s, dir) => {
      await written(s, `${dir}/a.txt`, '');
      expect(await s.glob('*.py', dir)).toEqual({ files: [] });
      expect(await s.glob('*', `${dir}/none`)).toEqual({ files: [] });
    },
    'directories too': async (s, dir) => {
      await s.execute(`mkdir -p '.${dir}/d1' '.${dir}/d2'`);
      await written(s, `${dir}/a.txt`, '');
      expect((await s.glob('*', dir)).files!.map((file) => file.is_dir)).toEqual([false, true, true]);
    },
    'an extension': async (s, dir) => {
      for (const name of ['t.py', 't.txt', 't.md']) await written(s, `${dir}/${name}`, '');
      expect(await globbed(s, '*.py', dir)).toEqual(['t.py']);
    },
    'hidden files': async (s, dir) => {
      for (const name of ['.h1', '.h2', 'seen']) await written(s, `${dir}/${name}`, '');
      expect(await globbed(s, '.*', dir)).toEqual(['.h1', '.h2']);
    },
    'a class of characters': async (s, dir) => {
      for (const name of ['f1', 'f2', 'f3', 'fA']) await written(s, `${dir}/${name}`, '');
      expect(await globbed(s, 'f[1-2]', dir)).toEqual(['f1', 'f2']);
    },
    'one character': async (s, dir) => {
      for (const name of ['f1', 'f2', 'f10']) await written(s, `${dir}/${name}`, '');
      expect(await globbed(s, 'f?', dir)).toEqual(['f1', 'f2']);
    },
    'one extension of several': async (s, dir) => {
      for (const name of ['f.txt', 'f.py', 'f.md', 'f.js']) await written(s, `${dir}/${name}`, '');
      expect(await globbed(s, '*.txt', dir)).toEqual(['f.txt']);
      expect(await globbed(s, '*.{py,js}', dir)).toEqual(['f.js', 'f.py']);
    },
    'far below': async (s, dir) => {
      await written(s, `${dir}/a/b/c/d/deep.txt`, '');
      await written(s, `${dir}/a/b/other.txt`, '');
      expect(await globbed(s, '**/deep.txt', dir)).toEqual(['a/b/c/d/deep.txt']);
    },
  },
  grep: {
    'a literal': async (s, dir) => {
      await written(s, `${dir}/a.txt`, 'Hello world\nGoodbye');
      await written(s, `${dir}/b.txt`, 'Hello there\nGoodbye');
      expect((await s.grep('Hello', dir)).matches).toEqual([
        { path: `${dir}/a.txt`, line: 1, text: 'Hello world' },
        { path: `${dir}/b.txt`, line: 1, text: 'Hello there' },
      ]);
    },
    'in some files': async (s, dir) => {
      for (const name of ['t.txt', 'd/t.py', 't.md']) await written(s, `${dir}/${name}`, 'pattern');
      expect((await s.grep('pattern', dir, '*.py')).matches).toMatchObject([{ path: `${dir}/d/t.py` }]);
    },
    'no match': async (s, dir) => {
      await written(s, `${dir}/a.txt`, 'Hello');
      expect(await s.grep('nowhere', dir)).toEqual({ matches: [], truncated: false });
    },
    'several in a file': async (s, dir) => {
      await written(s, `${dir}/a.txt`, 'apple\nbanana\napple\norange\napple');
      expect((await s.grep('apple', dir)).matches!.map(({ line }) => line)).toEqual([1, 3, 5]);
    },
    'no pattern of a regular expression': async (s, dir) => {
      await written(s, `${dir}/a.txt`, 'test123\ntest456');
      expect((await s.grep('test...', dir)).matches).toEqual([]);
    },
    'other scripts': async (s, dir) => {
      await written(s, `${dir}/a.txt`, 'Hello 世界\nПривет мир');
      expect((await s.grep('世界', dir)).matches).toMatchObject([{ text: 'Hello 世界' }]);
    },
    'upper case is not lower case': async (s, dir) => {
      await written(s, `${dir}/a.txt`, 'Hello\nhello\nHELLO');
      expect((await s.grep('Hello', dir)).matches).toMatchObject([{ line: 1 }]);
    },
    'signs are literal': async (s, dir) => {
      await written(s, `${dir}/a.txt`, 'Price: $100\nPattern: [a-z]*');
      expect((await s.grep('$100', dir)).matches).toMatchObject([{ line: 1 }]);
      expect((await s.grep('[a-z]*', dir)).matches).toMatchObject([{ line: 2 }]);
    },
    'an empty directory, and none': async (s, dir) => {
      await s.execute(`mkdir -p '.${dir}'`);
      expect((await s.grep('x', dir)).matches).toEqual([]);
      expect((await s.grep('x', `${dir}/none`)).matches).toEqual([]);
    },
    'in directories below': async (s, dir) => {
      for (const name of ['r.txt', 'x/a.txt', 'x/y/a.txt']) await written(s, `${dir}/${name}`, 'target');
      expect((await s.grep('target', dir)).matches).toHaveLength(3);
    },
    'the right line of many': async (s, dir) => {
      await written(s, `${dir}/a.txt`, rows(100));
      expect((await s.grep('Row 50;', dir)).matches).toMatchObject([{ line: 50 }]);
    },
    'at most so many': async (s, dir) => {
      await written(s, `${dir}/a.txt`, rows(100));
      const { matches, truncated } = await s.grep('Row', dir, null, 3);
      expect([matches!.length, truncated]).toEqual([3, true]);
    },
  },
  delete: {
    'a file': async (s, dir) => {
      await written(s, `${dir}/a.txt`, '');
      expect(await s.delete(`${dir}/a.txt`)).toEqual({ path: `${dir}/a.txt`, filesUpdate: null });
      expect(await listed(s, dir)).not.toContain(`${dir}/a.txt`);
    },
    'a directory with all that is in it': async (s, dir) => {
      await written(s, `${dir}/d/e/a.txt`, '');
      await s.delete(`${dir}/d`);
      expect(await s.ls(`${dir}/d`)).toEqual({ files: [] });
    },
    'what is not there': async (s, dir) => {
      expect((await s.delete(`${dir}/none`)).error?.toLowerCase()).toContain('not found');
    },
    'never the whole vault': async (s, dir) => {
      await written(s, `${dir}/a.txt`, 'a');
      expect((await s.delete('/')).error).toBeDefined();
      expect(await content(s, `${dir}/a.txt`)).toBe('a');
    },
  },
  'one after another': {
    'write, read, edit, read': async (s, dir) => {
      await written(s, `${dir}/a.txt`, 'Original content');
      expect(await content(s, `${dir}/a.txt`)).toBe('Original content');
      expect((await s.edit(`${dir}/a.txt`, 'Original', 'Modified')).error).toBeUndefined();
      expect(await content(s, `${dir}/a.txt`)).toBe('Modified content');
    },
    'a tree, listed, globbed, searched': async (s, dir) => {
      for (const name of ['root.txt', 's1/f1.txt', 's1/f2.py', 's2/f3.txt'])
        await written(s, `${dir}/${name}`, `file ${name}`);
      expect(await listed(s, dir)).toEqual([`${dir}/root.txt`, `${dir}/s1/`, `${dir}/s2/`]);
      expect(await globbed(s, '**/*.txt', dir)).toHaveLength(3);
      expect((await s.grep('file', dir)).matches).toHaveLength(4);
    },
  },
};

for (const { name, isHere, open } of BACKENDS) {
  describe.skipIf(!isHere)(`a deep agent on ${name}`, () => {
    let place: OpenVault;
    let shared: Sandbox;
    beforeAll(async () => {
      place = await open();
      shared = sandbox(place.vault);
    }, STARTING);
    afterAll(() => place[Symbol.asyncDispose]());

    for (const [subject, cases] of Object.entries(CASES)) {
      const dirOf = (title: string): string => `/${subject} ${title}`.replaceAll(/[ ,]/g, '-');
      test.each(Object.entries(cases))(`${subject}: %s`, (title, body) => body(shared, dirOf(title)));
    }
  });
}
