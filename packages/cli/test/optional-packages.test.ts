// What does not come with the command: a sentence, and all the rest goes on. The same is proven with packed tarballs (pnpm smoke).
import { describe, expect, test } from 'vitest';
import { EXIT } from '../src/index.ts';
import { Workplace } from './support/command.ts';
import { type Ended, spawnF9 } from './support/spawned.ts';

/** Runs the command where Node looks for these packages in a folder that has none. */
async function without(names: readonly string[], argv: readonly string[], place: Workplace): Promise<Ended> {
  const hook = `import { registerHooks } from 'node:module';
    registerHooks({ resolve(specifier, context, next) {
      if (!${JSON.stringify(names)}.some((name) => specifier === name || specifier.startsWith(name + '/')))
        return next(specifier, context);
      if (context.conditions.includes('require')) throw new Error('not there');
      return next(specifier, { ...context, parentURL: 'file:///nowhere/x.js' });
    } });`;
  const NODE_OPTIONS = `--import data:text/javascript,${encodeURIComponent(hook)}`;
  return await spawnF9(argv, place.path, { env: { NODE_OPTIONS, OPENAI_API_KEY: 'sk-1' } });
}

describe('without @f9/openai', () => {
  test.each([
    [['ls', 'openai+vector://vs_1']],
    [['vaults', 'add', 'store', 'openai+vector:', '--create', 'My notes']],
  ])('%j says how to install it', async (argv) => {
    await using place = await Workplace.create();
    const { code, stderr } = await without(['@f9/openai'], argv, place);
    expect(code).toBe(EXIT.failed);
    expect(stderr).toContain('npm install -g @f9/openai (UNSUPPORTED)');
  });

  test('folders, and what is wrong with the machine, are shown all the same', async () => {
    await using place = await Workplace.create({ 'n/a.md': 'A' });
    expect((await without(['@f9/openai'], ['ls', 'n'], place)).stdout.toString()).toBe('a.md\n');
    const { code, stdout } = await without(['@f9/openai', '@f9/mcp'], ['doctor'], place);
    expect(code).toBe(EXIT.ok);
    expect(stdout.toString()).toContain('@f9/openai is not installed');
  });
});

test('without @f9/mcp, mcp says how to install it', async () => {
  await using place = await Workplace.create();
  const { code, stderr } = await without(['@f9/mcp'], ['mcp', '.'], place);
  expect(code).toBe(EXIT.failed);
  expect(stderr).toContain('npm install -g @f9/mcp (UNSUPPORTED)');
});
