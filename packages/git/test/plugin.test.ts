import { expect, test } from 'vitest';
import { gitPlugin } from '../src/index.ts';

test.each([
  ['no host', { path: '/owner/repo' }],
  ['no repository', { host: 'host', path: '' }],
  ['nothing but a slash for a repository', { host: 'host', path: '/' }],
])('a URI with %s is INVALID_URI', (_, uri) => {
  expect(() =>
    gitPlugin.create({ uri: { scheme: 'git+https', ...uri }, options: {}, baseDirectory: '/' }),
  ).toThrow(expect.objectContaining({ code: 'INVALID_URI' }));
});
