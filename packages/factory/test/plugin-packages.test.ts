import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';

const run = promisify(execFile);
const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** A program's folder, with the factory beside it, not in it, and with what `node_modules` should hold. */
let folder: string;

beforeAll(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'f9-factory-')));
  await cp(here('../src'), join(folder, 'factory/src'), { recursive: true });
  await cp(here('../package.json'), join(folder, 'factory/package.json'));
  await link('factory/node_modules/@f9/core', here('../../core'));
  await link('factory/node_modules/fastest-levenshtein', here('../node_modules/fastest-levenshtein'));
  await install('f9-backend-acme', "export const acmePlugin = plugin('acme');");
  await install(
    'f9-backend-more',
    "export default plugin('more'); export const second = plugin('more-too');",
  );
  await install('@scope/impostor', "export default plugin('acme');");
  await install('f9-backend-empty', 'export const nothing = 1;');
  await install('f9-backend-broken', "import 'a-package-that-nobody-has'; export default plugin('broken');");
});

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

async function link(path: string, target: string): Promise<void> {
  await mkdir(join(folder, path, '..'), { recursive: true });
  await symlink(await realpath(target), join(folder, path), 'junction');
}

async function install(name: string, source: string): Promise<void> {
  const home = join(folder, 'app/node_modules', name);
  await mkdir(home, { recursive: true });
  await writeFile(
    join(home, 'package.json'),
    JSON.stringify({ name, type: 'module', exports: './index.js' }),
  );
  await writeFile(
    join(home, 'index.js'),
    `const plugin = (scheme) => ({ name: '${name}', schemes: [scheme], parameters: {}, create: () => ({ madeBy: '${name}' }) });
     ${source}`,
  );
}

/** What a program prints that runs in the folder, on the sources as they are. */
async function output(program: string): Promise<string> {
  const { stdout } = await run(
    process.execPath,
    [
      '--conditions=@f9/source',
      '--experimental-strip-types',
      '--no-warnings',
      '--input-type=module',
      '--eval',
      `import { BackendFactory } from ${JSON.stringify(new URL(`file://${join(folder, 'factory/src/index.ts')}`).href)};
       const tell = (error) => console.log(error.code, error.message);
       ${program}`,
    ],
    { cwd: join(folder, 'app') },
  );
  return stdout.trim();
}

test('a plugin is found by the name of its package, from where the program runs', async () => {
  expect(
    await output(`
      const factory = new BackendFactory({ plugins: ['f9-backend-acme', 'f9-backend-more'] });
      console.log(factory.schemes.includes('acme'));
      for (const scheme of ['acme', 'more', 'more-too']) console.log((await factory.resolve(scheme + ':///a')).madeBy);
    `),
  ).toBe('false\nf9-backend-acme\nf9-backend-more\nf9-backend-more');
});

test('many URIs that ask for a package at once get it', async () => {
  expect(
    await output(`
      const factory = new BackendFactory({ plugins: ['f9-backend-more'] });
      const made = await Promise.all(['more', 'more-too', 'more'].map((scheme) => factory.resolve(scheme + ':///a')));
      console.log(made.map(({ madeBy }) => madeBy).join());
    `),
  ).toBe('f9-backend-more,f9-backend-more,f9-backend-more');
});

test('two packages that claim one scheme are an error naming both', async () => {
  expect(
    await output(`
      const factory = new BackendFactory({ plugins: ['f9-backend-acme', '@scope/impostor'] });
      await factory.resolve('other:///a').catch(tell);
      await factory.resolve('other:///a').catch(tell);
    `),
  ).toMatch(
    /^(ALREADY_EXISTS The scheme acme belongs to f9-backend-acme, and @scope\/impostor claims it too.*\n?){2}$/,
  );
});

test("the error for a package that is missing says how to install it, f9's own included", async () => {
  expect(
    await output(`
      const factory = new BackendFactory({ plugins: ['f9-backend-missing'] });
      await factory.resolve('git+https://host/a').catch(tell);
      await factory.resolve('openai+vector://vs_1').catch(tell);
      await factory.resolve('file:///a').catch(tell);
      await factory.resolve('missing:///a').catch(tell);
    `),
  ).toBe(
    ['@f9/git', '@f9/openai', '@f9/local', 'f9-backend-missing']
      .map((name) => `UNSUPPORTED The package ${name} is not installed: npm install ${name}`)
      .join('\n'),
  );
});

test('a malformed URI is refused before any package is asked for', async () => {
  expect(await output("await new BackendFactory().resolve('git+https://host:port/a').catch(tell);")).toMatch(
    /^INVALID_URI .*its port must be a number/,
  );
});

test('a package that is no plugin, or broken, is told apart from one that is missing', async () => {
  expect(
    await output(`
      await new BackendFactory({ plugins: ['f9-backend-empty'] }).resolve('empty:///a').catch(tell);
      await new BackendFactory({ plugins: ['f9-backend-broken'] }).resolve('broken:///a').catch(tell);
    `),
  ).toMatch(
    /^UNSUPPORTED The package f9-backend-empty exports no plugin.*\nUNSUPPORTED The package f9-backend-broken is installed but could not be loaded/,
  );
});

test('nothing but the name of a package is taken for one', async () => {
  const names = [
    '',
    './plugin.js',
    '/etc/passwd',
    '../up',
    'file:///a',
    'data:text/javascript,1',
    'node:fs',
    'a/b',
    '.hidden',
    'UPPER',
  ];
  expect(
    await output(`
      for (const name of ${JSON.stringify(names)}) {
        try { new BackendFactory({ plugins: [name] }); console.log('taken', name); } catch (error) { console.log(error.code); }
      }
    `),
  ).toBe(names.map(() => 'INVALID_ARGUMENT').join('\n'));
});
