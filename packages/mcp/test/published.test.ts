import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { mcpArguments } from '../src/command/arguments.ts';

const read = (file: string): string => readFileSync(new URL(`../${file}`, import.meta.url), 'utf8');
const manifest = JSON.parse(read('package.json')) as {
  readonly name: string;
  readonly version: string;
  readonly mcpName: string;
  readonly bin: Readonly<Record<string, string>>;
};

interface Command {
  readonly command: string;
  readonly args: readonly string[];
  readonly type?: string;
}

/** What the command understands of arguments that follow the package's name. */
function understood(args: readonly string[]): ReturnType<typeof mcpArguments> {
  expect(args.slice(0, 2)).toEqual(['-y', manifest.name]);
  expect(Object.keys(manifest.bin)).toHaveLength(1); // `npx` runs the only one.
  return mcpArguments(args.slice(2));
}

describe('the blocks of the README that a person pastes', () => {
  const blocks = [...read('README.md').matchAll(/^```json\n(.*?)^```$/gms)].map(
    ([, json]) => JSON.parse(json!) as Readonly<Record<string, Readonly<Record<string, Command>>>>,
  );

  test('are what Claude Desktop, Cursor and VS Code read, and start the server on a folder', () => {
    expect(blocks.map((block) => Object.keys(block))).toEqual([['mcpServers'], ['servers']]);
    for (const block of blocks) {
      for (const [name, { command, args }] of Object.values(block).flatMap(Object.entries)) {
        expect([name, command]).toEqual(['notes', 'npx']);
        expect(understood(args).vaults).toHaveLength(1);
      }
    }
    expect(blocks[1]!.servers!.notes!.type).toBe('stdio');
  });
});

describe('server.json', () => {
  interface Argument {
    readonly type: 'positional' | 'named';
    readonly name?: string;
    readonly format?: string;
    readonly default?: string;
  }
  const server = JSON.parse(read('server.json')) as {
    readonly name: string;
    readonly description: string;
    readonly version: string;
    readonly packages: readonly {
      readonly identifier: string;
      readonly version: string;
      readonly packageArguments: readonly Argument[];
    }[];
  };
  const [npm] = server.packages;

  test('names this package and its version, as the registry of servers asks', () => {
    expect(server.name).toBe(manifest.mcpName);
    expect([server.version, npm!.version]).toEqual([manifest.version, manifest.version]);
    expect(npm!.identifier).toBe(manifest.name);
    expect(server.description.length).toBeLessThanOrEqual(100);
  });

  test('has arguments that the command takes', () => {
    const args = npm!.packageArguments.flatMap(({ type, name, format, default: value = 'x' }) =>
      type === 'positional' ? ['folder'] : format === 'boolean' ? [name!] : [name!, value],
    );
    expect(mcpArguments(args)).toMatchObject({ vaults: ['folder'], readOnly: true, confirm: ['delete'] });
  });
});
