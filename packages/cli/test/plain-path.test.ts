import { mkdir } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { describe, expect, test } from 'vitest';
import { plainName, splitPlainPath } from '../src/vaults/plain-path.ts';
import { Workplace } from './support/command.ts';

describe('the vault of a plain path', () => {
  test('is the folder that holds the file', async () => {
    await using place = await Workplace.create({ 'a/b.md': '' });
    expect(await splitPlainPath('a/b.md', place.path, 'entry')).toEqual({
      folder: place.at('a'),
      path: 'b.md',
    });
    expect(await splitPlainPath('a/new.md', place.path, 'entry')).toEqual({
      folder: place.at('a'),
      path: 'new.md',
    });
    expect(await splitPlainPath('a', place.path, 'entry')).toEqual({ folder: place.path, path: 'a' });
  });

  test('is the nearest folder that there is, where those of the file are missing', async () => {
    await using place = await Workplace.create({ 'a/b.md': '' });
    expect(await splitPlainPath('a/x/y/z.md', place.path, 'entry')).toEqual({
      folder: place.at('a'),
      path: 'x/y/z.md',
    });
  });

  test('is the folder itself for verbs that take one', async () => {
    await using place = await Workplace.create({ 'a/b.md': '' });
    expect(await splitPlainPath('a', place.path, 'tree')).toEqual({ folder: place.at('a'), path: '' });
    expect(await splitPlainPath('.', place.at('a'), 'tree')).toEqual({ folder: place.at('a'), path: '' });
    expect(await splitPlainPath('a/b.md', place.path, 'tree')).toEqual({
      folder: place.at('a'),
      path: 'b.md',
    });
    expect(await splitPlainPath('new/copy', place.path, 'new tree')).toEqual({
      folder: place.at('new/copy'),
      path: '',
    });
    await expect(splitPlainPath('new', place.path, 'tree')).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  test('is the nearest folder at or above it that f9 wrote to before', async () => {
    await using place = await Workplace.create({ 'notes/a/b.md': '' });
    await mkdir(place.at('notes/.f9'));
    const notes = place.at('notes');
    expect(await splitPlainPath('notes/a/b.md', place.path, 'entry')).toEqual({
      folder: notes,
      path: 'a/b.md',
    });
    expect(await splitPlainPath('a', notes, 'tree')).toEqual({ folder: notes, path: 'a' });
    expect(await splitPlainPath('notes', place.path, 'tree')).toEqual({ folder: notes, path: '' });
    expect(await splitPlainPath('notes', place.path, 'entry')).toEqual({ folder: place.path, path: 'notes' });
  });
});

test('a plain path is written as seen from the working directory', () => {
  const cwd = join('/', 'home', 'me');
  const name = (folder: string, path: string): string => plainName({ folder, path }, cwd);
  expect(name(cwd, '')).toBe('.');
  expect(name(cwd, 'a/b')).toBe(join('a', 'b'));
  expect(name(join(cwd, 'a'), 'b')).toBe(join('a', 'b'));
  expect(name(join('/', 'home'), 'you')).toBe(join('/', 'home', 'you'));
  expect(name(cwd, 'notes:a')).toBe(`.${sep}notes:a`);
  expect(name(cwd, '..a')).toBe('..a');
});
