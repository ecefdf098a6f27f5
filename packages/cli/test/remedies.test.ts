// Every error text that the command may print, looked at for remedies that only a program could follow.
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { UriParameters } from '@f9/core/driver';
import { gitPlugin } from '@f9/git';
import { localPlugin } from '@f9/local';
import { openaiPlugin } from '@f9/openai';
import { postgresPlugin } from '@f9/postgres';
import { s3Plugin } from '@f9/s3';
import { sqlitePlugin } from '@f9/sqlite';
import { describe, expect, test } from 'vitest';
import { EXIT } from '../src/index.ts';
import { inWordsOfTheCommand } from '../src/terminal/remedies.ts';
import { Workplace } from './support/command.ts';

const REPOSITORY = join(import.meta.dirname, '../../..');

/** Names of functions and options, as only a programmer can use them; an option alone in brackets is one, too. */
const API = /\b[a-z]+[A-Z]\w*|\b\w+: (?:true|false|')|\b[a-z]+\(\)| \((?!default\))[a-z]+\)/;

/** The command never gets there: it gives no such option, writes no plugin, and hands out no tools. */
const NEVER_SAID =
  /vaultContext\(|leave one out, or register|which protects nothing|^create goes with append|a listener of onUnexpected|^(?:olderThan|baseDirectory|cursor) must be|^(?:withSearch|onUnexpected|mediaType) needs/;

/** What a database is told, not a person. */
const SQL = /\b(?:CREATE|SELECT|INSERT INTO|UPDATE|DELETE FROM|LISTEN|ALTER|RETURNING) /;

/** What the command never loads, or what is not told by it: faces for programs, the suite for authors, a server with a log of its own. */
const FOR_PROGRAMS = ['agents', 'cli', 'compat', 'conformance', 'mcp', 'openai-server', 'text'];

/** Every text in the sources that reads like a sentence, its holes left out. */
function sentences(): { readonly file: string; readonly text: string }[] {
  const files = globSync('packages/*/src/**/*.ts', { cwd: REPOSITORY }).filter(
    (file) => !FOR_PROGRAMS.includes(file.split(/[/\\]/)[1]!),
  );
  return files.flatMap((file) => {
    const source = readFileSync(join(REPOSITORY, file), 'utf8')
      .replace(/\/\*[\s\S]*?\*\//g, '')
      .replace(/^\s*\/\/.*$/gm, '');
    const texts = source.matchAll(/'((?:[^'\\\n]|\\.)*)'|`((?:[^`\\]|\\.)*)`|"((?:[^"\\\n]|\\.)*)"/g);
    return Array.from(texts, ([, single, template, double]) =>
      (single ?? template ?? double ?? '').replace(/\$\{[^{}]*(?:\{[^{}]*\}[^{}]*)*\}/g, '…'),
    )
      .filter((text) => /[a-z] [a-z]/.test(text) && !SQL.test(text))
      .map((text) => ({ file, text }));
  });
}

describe('a remedy is in the words of the command line', () => {
  test('there are texts to look at, of every package that the command may load', () => {
    const all = sentences();
    expect(all.filter(({ text }) => API.test(text)).length).toBeGreaterThan(20);
    const packages = new Set(all.map(({ file }) => file.split(/[/\\]/)[1]));
    for (const name of ['core', 'factory', 'git', 'local', 'openai', 'registry', 'search', 'sqlite']) {
      expect(packages).toContain(name);
    }
  });

  test('no text of a backend names what only a program can say', () => {
    const left = sentences()
      .filter(({ text }) => !NEVER_SAID.test(text))
      .map(({ file, text }) => ({ file, text: inWordsOfTheCommand(text) }))
      .filter(({ text }) => API.test(text));
    expect(left).toEqual([]);
  });

  const PLUGINS: readonly (readonly [uri: string, parameters: UriParameters])[] = [
    ['file:///nowhere', localPlugin.parameters],
    ['git+https://127.0.0.1:1/o/r', gitPlugin.parameters],
    ['openai+vector://vs_1', openaiPlugin.parameters],
    ['sqlite:./x.db', sqlitePlugin.parameters],
    ['s3://notes', s3Plugin.parameters],
    ['postgres://me@127.0.0.1:1/notes', postgresPlugin.parameters],
  ];

  test.each(PLUGINS)(
    'a value that no parameter of %s can have is refused in its own words',
    async (uri, parameters) => {
      await using place = await Workplace.create();
      for (const name of Object.keys(parameters)) {
        for (const value of ['', '-1', 'nonsense', '%22']) {
          const { code, stderr } = await place.f9([
            'vaults',
            'add',
            '--no-check',
            '-f',
            'xx',
            `${uri}?${name}=${value}`,
          ]);
          const opened = code === EXIT.ok ? await place.f9(['vaults', 'show', 'xx']) : { stderr: '' };
          for (const text of [stderr, opened.stderr])
            expect(text.replaceAll(place.path, ''), `${name}=${value}`).not.toMatch(API);
        }
      }
    },
  );
});
