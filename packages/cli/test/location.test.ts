import { describe, expect, test } from 'vitest';
import { UsageError } from '../src/terminal/errors.ts';
import { type Location, parseLocation } from '../src/vaults/location.ts';

describe('a location names', () => {
  const cases: readonly (readonly [string, Location])[] = [
    ['notes:', { kind: 'vault', name: 'notes', path: '' }],
    ['notes:a/b.md', { kind: 'vault', name: 'notes', path: 'a/b.md' }],
    ['notes:/a', { kind: 'vault', name: 'notes', path: '/a' }],
    ['notes:a:b#c', { kind: 'vault', name: 'notes', path: 'a:b#c' }],
    ['my-notes_2.old:x', { kind: 'vault', name: 'my-notes_2.old', path: 'x' }],
    ['büro:x', { kind: 'vault', name: 'büro', path: 'x' }],
    ['notes:C:\\x', { kind: 'vault', name: 'notes', path: 'C:\\x' }],
    ['file:///a', { kind: 'uri', uri: 'file:///a', path: '' }],
    ['file:///a#b/c.md', { kind: 'uri', uri: 'file:///a', path: 'b/c.md' }],
    ['file:///C:/a#b', { kind: 'uri', uri: 'file:///C:/a', path: 'b' }],
    ['git+ssh://git@host:22/o/r@main#a', { kind: 'uri', uri: 'git+ssh://git@host:22/o/r@main', path: 'a' }],
    [
      'openai+vector://vs_1?cache_ttl=5#a#b%20c',
      { kind: 'uri', uri: 'openai+vector://vs_1?cache_ttl=5', path: 'a#b%20c' },
    ],
    ['GIT+HTTPS://host/o/r', { kind: 'uri', uri: 'GIT+HTTPS://host/o/r', path: '' }],
    ['notes://a', { kind: 'uri', uri: 'notes://a', path: '' }],
    ['.', { kind: 'path', path: '.' }],
    ['a.md', { kind: 'path', path: 'a.md' }],
    ['a#b', { kind: 'path', path: 'a#b' }],
    ['./notes:today', { kind: 'path', path: './notes:today' }],
    ['dir/notes:today', { kind: 'path', path: 'dir/notes:today' }],
    ['/abs/x:y', { kind: 'path', path: '/abs/x:y' }],
    ['C:\\Users\\me', { kind: 'path', path: 'C:\\Users\\me' }],
    ['c:/Users/me', { kind: 'path', path: 'c:/Users/me' }],
    ['C:', { kind: 'path', path: 'C:' }],
    ['dir\\notes:today', { kind: 'path', path: 'dir\\notes:today' }],
    [':a', { kind: 'path', path: ':a' }],
    ['..', { kind: 'path', path: '..' }],
  ];
  test.each(cases)('%s', (text, location) => {
    expect(parseLocation(text)).toEqual(location);
  });
});

describe('what could be taken for something else is refused', () => {
  test.each([
    '',
    'git@github.com:owner/repo',
    'two words:a',
    'git+https:/host/o',
    '-x:y',
    `${'n'.repeat(65)}:a`,
  ])('%j', (text) => {
    expect(() => parseLocation(text)).toThrow(UsageError);
  });

  test('and what may be a user and a host is not repeated', () => {
    expect(() => parseLocation('tok_3n@host:path')).not.toThrow('tok_3n');
    expect(() => parseLocation('tok_3n@host:path')).toThrow('git+ssh://host/owner/repo');
  });
});
