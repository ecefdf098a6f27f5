#!/usr/bin/env node
import { enableCompileCache } from 'node:module';

// A client waits for every start, so compiled code is kept in a folder of Node's; NODE_DISABLE_COMPILE_CACHE forbids that.
enableCompileCache();
const { runMcpCommand } = await import('./command/index.ts');

const ending = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => ending.abort());

process.exitCode = await runMcpCommand(process.argv.slice(2), {
  environment: process.env,
  print: (text) => process.stdout.write(text),
  log: (text) => process.stderr.write(text),
  signal: ending.signal,
});
// An open standard input would keep the process alive.
process.stdin.destroy();
