#!/usr/bin/env node
import module from 'node:module';

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 22 || (major === 22 && minor < 12)) {
  console.error(`f9: it needs Node 22.12 or later, and this is ${process.versions.node}`);
  process.exit(1);
}
// With Node's compile cache the command starts in two thirds of the time.
module.enableCompileCache();
const { main } = await import('./main.ts');
await main();
