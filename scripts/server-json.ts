// Writes the version of @f9/mcp into its server.json, which registries of MCP servers read; part of `pnpm release:version`.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const folder = join(import.meta.dirname, '../packages/mcp');
const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version: string };
const file = join(folder, 'server.json');
writeFileSync(file, readFileSync(file, 'utf8').replaceAll(/"version": "[^"]*"/g, `"version": "${version}"`));
