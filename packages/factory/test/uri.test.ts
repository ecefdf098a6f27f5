import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BackendFactory, type BackendUri, formatUri } from '../src/index.ts';
import { spyingPlugin } from './example-plugin.ts';

const factory = new BackendFactory({ plugins: [spyingPlugin().plugin] });

describe('a URI is taken apart', () => {
  test.each<[string, Partial<BackendUri>]>([
    ['example://host', { host: 'host', path: '' }],
    ['example://host/', { host: 'host', path: '/' }],
    ['example:///vault', { path: '/vault' }],
    ['EXAMPLE://Host/Path', { host: 'Host', path: '/Path' }],
    ['example://host:8080/a/b', { host: 'host', port: 8080, path: '/a/b' }],
    ['example://user@host/a', { username: 'user', host: 'host', path: '/a' }],
    ['example://us%40er@host/a', { username: 'us@er', host: 'host', path: '/a' }],
    ['example://[2001:db8::1]:22/a', { host: '2001:db8::1', port: 22, path: '/a' }],
    ['example://[fe80::1%25eth0]/a', { host: 'fe80::1%eth0', path: '/a' }],
    ['example://127.0.0.1/a', { host: '127.0.0.1', path: '/a' }],
    ['example://bücher.example/regal', { host: 'bücher.example', path: '/regal' }],
    ['example://b%C3%BCcher.example/regal', { host: 'bücher.example', path: '/regal' }],
    ['example://vs_Ab-3/', { host: 'vs_Ab-3', path: '/' }],
    ['example://host/owner/repo@main', { host: 'host', path: '/owner/repo', ref: 'main' }],
    ['example://host/owner/repo.git@main', { host: 'host', path: '/owner/repo.git', ref: 'main' }],
    ['example://host/repo@feature/a/b', { host: 'host', path: '/repo', ref: 'feature/a/b' }],
    ['example://host/repo@feature%2Fa', { host: 'host', path: '/repo', ref: 'feature/a' }],
    ['example://host/repo@user%40work', { host: 'host', path: '/repo', ref: 'user@work' }],
    ['example://host/a@b/repo@main', { host: 'host', path: '/a@b/repo', ref: 'main' }],
    ['example://host/a%40b/repo', { host: 'host', path: '/a@b/repo' }],
    ['example://git@host/repo@main', { username: 'git', host: 'host', path: '/repo', ref: 'main' }],
    ['example+file:///srv/repo.git@main', { path: '/srv/repo.git', ref: 'main' }],
    ['example+file://repo.git@main', { path: 'repo.git', ref: 'main' }],
    ['example+file://../up/my%20repo', { path: '../up/my repo' }],
    ['example+file:///C:/Users/me/Notizbücher', { path: '/C:/Users/me/Notizbücher' }],
    ['example+file://C:/Users/me', { path: 'C:/Users/me' }],
    ['example+file:////server/share', { path: '//server/share' }],
    ['example:///a b/ü/日本', { path: '/a b/ü/日本' }],
    ['example:///a%20b/%C3%BC/%E6%97%A5%E6%9C%AC', { path: '/a b/ü/日本' }],
    ['example:///100%25', { path: '/100%' }],
    ['example:///a%5Cb', { path: '/a\\b' }],
    ['example:///a?', { path: '/a' }],
    ['example:///a?region=eu', { path: '/a', parameters: { region: 'eu' } }],
    ['example:///a?region=a%26b=c+d%20e?/', { path: '/a', parameters: { region: 'a&b=c+d e?/' } }],
    ['example:///a?region=a=b', { path: '/a', parameters: { region: 'a=b' } }],
    ['example:///a?odd%20%26%20name%3D%C3%BC=1', { path: '/a', parameters: { 'odd & name=ü': '1' } }],
    ['example:///a?cache_ttl=5&region=', { path: '/a', parameters: { cache_ttl: '5', region: '' } }],
  ])('%s', async (text, expected) => {
    const uri = await factory.parseUri(text);
    expect(uri).toEqual({
      scheme: text.startsWith('example+file') ? 'example+file' : 'example',
      parameters: {},
      ...expected,
    });
    expect(await factory.parseUri(formatUri(uri))).toEqual(uri);
  });
});

describe('a plugin may take a path without slashes before it', () => {
  const { plugin: example, requests } = spyingPlugin();
  const plain = new BackendFactory({ plugins: [{ ...example, schemes: ['plain'], plainPath: true }] });

  test.each<[string, Partial<BackendUri>]>([
    ['plain:./notes.db', { path: './notes.db' }],
    ['plain:notes.db', { path: 'notes.db' }],
    ['plain:../a/notes.db?region=eu', { path: '../a/notes.db', parameters: { region: 'eu' } }],
    ['plain:my%20notes.db', { path: 'my notes.db' }],
    ['plain:/abs/notes.db', { path: '/abs/notes.db' }],
    ['plain:///abs/notes.db', { path: '/abs/notes.db' }],
    ['plain:C:/notes.db', { path: 'C:/notes.db' }],
  ])('%s', async (text, expected) => {
    const uri = await plain.parseUri(text);
    expect(uri).toEqual({ scheme: 'plain', parameters: {}, ...expected });
    expect(await plain.parseUri(formatUri(uri))).toEqual(uri);
  });

  test('which it is given, with the directory that it is relative to', async () => {
    await plain.resolve('plain:./notes.db', { baseDirectory: '/srv' });
    expect(requests.at(-1)).toMatchObject({ uri: { path: './notes.db' }, baseDirectory: '/srv' });
    expect(formatUri({ scheme: 'plain', path: './notes.db', parameters: {} })).toBe('plain:./notes.db');
  });

  test('but not nothing', async () => {
    for (const text of ['plain:', 'plain:?region=eu', 'plain://']) {
      await expect(plain.parseUri(text)).rejects.toMatchObject({ code: 'INVALID_URI' });
    }
  });
});

describe('a malformed URI is INVALID_URI, and none of it is shown', () => {
  test.each([
    ['no scheme', '/home/hunter2'],
    ['a relative path', './hunter2'],
    ['a Windows path', 'C:\\hunter2'],
    ['scp form', 'git@host:hunter2.git'],
    ['empty', ''],
    ['a blank', ' '],
    ['no slashes', 'example:hunter2'],
    ['one slash', 'example:/hunter2'],
    ['a scheme of other letters', 'exämple://hunter2'],
    ['a scheme that begins with a digit', '1example://hunter2'],
    ['a key in place of a scheme', `${'hunter2'.repeat(10)}://host`],
    ['nothing after the scheme', 'example://'],
    ['nothing but parameters', 'example://?region=hunter2'],
    ['no path where all is path', 'example+file://'],
    ['a fragment', 'example://host/a#hunter2'],
    ['a backslash', 'example:///hunter2\\b'],
    ['a space at its end', 'example:///hunter2 '],
    ['a line break at its end', 'example:///hunter2\n'],
    ['a NUL', 'example:///hunter2\0'],
    ['an encoded NUL', 'example:///hunter2%00'],
    ['an encoded line break', 'example:///a?region=hunter2%0a'],
    ['a lone surrogate', 'example:///hunter2\ud800'],
    ['a bare percent', 'example:///100%/hunter2'],
    ['half an encoding', 'example:///hunter2%4'],
    ['an encoding of no digits', 'example:///hunter2%zz'],
    ['an encoding that is not UTF-8', 'example:///hunter2%ff'],
    ['an encoded slash in the path', 'example:///hunter2%2Fb'],
    ['a host with a space', 'example://hunter2 b/a'],
    ['a host that is an option', 'example://-ohunter2/a'],
    ['a host with an encoded slash', 'example://hunter2%2Fb/a'],
    ['an address without brackets', 'example://2001:db8::1/hunter2'],
    ['brackets around a name', 'example://[hunter2]/a'],
    ['brackets that do not close', 'example://[::1/hunter2'],
    ['something behind the brackets', 'example://[::1]hunter2/a'],
    ['an empty port', 'example://hunter2:/a'],
    ['port 0', 'example://hunter2:0/a'],
    ['a port too high', 'example://hunter2:65536/a'],
    ['a port in words', 'example://host:hunter2/a'],
    ['a password cut by a slash', 'example://user:hunt/er2@host/a'],
    ['an empty user', 'example://@host/hunter2'],
    ['a password without a user', 'example://:hunter2@host/a'],
    ['a user that is an option', 'example://-ohunter2@host/a'],
    ['a user without a host', 'example://hunter2@/a'],
    ['a ref without a path', 'example+file://@hunter2'],
    ['an empty ref', 'example://host/hunter2@'],
    ['a parameter without a value', 'example:///a?hunter2'],
    ['a parameter without a name', 'example:///a?=hunter2'],
    ['two "&"', 'example:///a?region=hunter2&&cache_ttl=1'],
    ['a "&" at the end', 'example:///a?region=hunter2&'],
    ['a parameter twice', 'example:///a?region=hunter2&region=hunter2'],
    ['a password twice', 'example://u:hunter2@host/?password=hunter2'],
    ['a wrong value', 'example:///a?cache_ttl=hunter2'],
    ['a secret that cannot be one', 'example:///a?region=hunter2&password='],
    ['an unknown parameter behind a secret', 'example:///a?password=x&hunter2=y'],
    ['an unknown parameter behind a password', 'example://u:x@host/a?hunter2=y'],
  ])('%s', async (_, text) => {
    const error = await factory.resolve(text).catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: 'INVALID_URI' });
    expect(`${(error as Error).stack} ${JSON.stringify(error)}`).not.toMatch(/hunter|er2/);
  });

  test.each<unknown>([undefined, null, 7, new URL('file:///a')])('%s is not a string', async (value) => {
    await expect(factory.resolve(value as string)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
  });
});

describe('what makes no URI is not formatted', () => {
  test.each<[string, Partial<BackendUri>]>([
    ['a scheme in capitals', { scheme: 'Example' }],
    ['a relative path behind a host', { host: 'host', path: 'a' }],
    ['no path at all', { scheme: 'file', path: '' }],
    ['a user without a host', { username: 'u' }],
    ['a port without a host', { port: 1 }],
    ['a host where all is path', { scheme: 'file', host: 'host' }],
    ['a host with a slash', { host: 'a/b' }],
    ['a port of 0', { host: 'a', port: 0 }],
    ['an empty user', { host: 'a', username: '' }],
    ['a control character', { path: '/\n' }],
    ['half of a surrogate pair', { ref: '\ud800' }],
  ])('%s', (_, parts) => {
    const uri: BackendUri = { scheme: 'example', path: '/a', parameters: {}, ...parts };
    expect(() => formatUri(uri)).toThrow(expect.objectContaining({ code: 'INVALID_URI' }));
  });
});

describe('whatever is given', () => {
  const text = fc
    .string({ unit: 'binary', minLength: 1, maxLength: 12 })
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is left out
    .map((raw) => raw.replaceAll(/[\u0000-\u001f\u007f-\u009f/\s]/g, '_'));
  const path = fc.array(text, { minLength: 1, maxLength: 4 }).map((names) => `/${names.join('/')}`);
  const host = fc.oneof(
    fc.domain(),
    fc.ipV4(),
    fc.ipV6(),
    fc.stringMatching(/^[\p{L}\d_][\p{L}\d_.-]{0,20}$/u),
  );
  const common = {
    path,
    ref: path.map((ref) => ref.slice(1)),
    parameters: fc.record({ region: text, cache_ttl: text, 'odd & name=ü': text }, { requiredKeys: [] }),
  };
  const atHost = fc.record(
    {
      scheme: fc.constant('example'),
      host,
      username: text.filter((user) => !user.startsWith('-')),
      port: fc.integer({ min: 1, max: 65_535 }),
      ...common,
    },
    { requiredKeys: ['scheme', 'host', 'path', 'parameters'] },
  );
  const onDisk = fc.record(
    {
      scheme: fc.constant('example+file'),
      ...common,
      path: fc.oneof(
        path,
        path.map((p) => p.slice(1)),
      ),
    },
    { requiredKeys: ['scheme', 'path', 'parameters'] },
  );

  test('formatting and parsing gives back the same parts', async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(atHost, onDisk), async (uri) => {
        expect(await factory.parseUri(formatUri(uri))).toEqual(uri);
      }),
      { numRuns: 1000 },
    );
  });

  test('parsing gives parts that format to the same URI again, or fails as INVALID_URI', async () => {
    const noise = fc.string({ unit: fc.constantFrom(...'a@:/?&=%2Fé[]#\\ .-'), maxLength: 30 });
    let parsed = 0;
    await fc.assert(
      fc.asyncProperty(fc.constantFrom('example://', 'example+file://', ''), noise, async (start, rest) => {
        const uri = await factory.parseUri(start + rest).catch((error: unknown) => {
          expect(error).toMatchObject({ code: 'INVALID_URI' });
        });
        if (uri === undefined) return;
        parsed++;
        expect(await factory.parseUri(formatUri(uri))).toEqual(uri);
      }),
      { numRuns: 3000 },
    );
    expect(parsed).toBeGreaterThan(100);
  });

  test('a secret never comes back', async () => {
    await fc.assert(
      fc.asyncProperty(atHost, fc.stringMatching(/^[\w&=@:/?%]{8,20}$/), async (parts, noise) => {
        const secret = `s3cr3t${noise}`;
        const { ref: _, parameters: __, ...place } = parts;
        const safe = formatUri({ ...place, username: 'u', parameters: {} });
        const encoded = encodeURIComponent(secret);
        for (const text of [
          safe.replace('u@', `u:${encoded}@`),
          safe.replace('u@', `u:${secret}@`),
          `${safe}?password=${encoded}&region=eu`,
          `${safe}?password=${secret}`,
          `${safe}?token=${secret}&password=${secret}`,
        ]) {
          const shown = await factory.parseUri(text).then(
            (uri) => `${JSON.stringify(uri)} ${formatUri(uri)}`,
            (error: Error) => `${error.stack} ${JSON.stringify(error)}`,
          );
          expect(shown).not.toContain('s3cr3t');
        }
      }),
      { numRuns: 300 },
    );
  });
});
