import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';

/** A registry of our own on 127.0.0.1; what is not f9's it fetches from `uplink`. */
export interface Registry {
  readonly url: string;
  /** Environment in which npm, pnpm and changesets use it. */
  readonly environment: Record<string, string>;
  close(): Promise<void>;
}

export async function startRegistry(folder: string, uplink: string): Promise<Registry> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}/`;
  mkdirSync(folder, { recursive: true });
  const config = join(folder, 'config.yaml');
  writeFileSync(
    config,
    [
      `storage: ${join(folder, 'storage')}`,
      // By itself it gives an uplink up for five minutes after two requests that failed, and says of a package that it is not there.
      `uplinks: { npm: { url: '${uplink}', maxage: 60m, timeout: 60s, max_fails: 1000, fail_timeout: 1s } }`,
      'packages:',
      "  '@f9/*': { access: $all, publish: $all, unpublish: $all }",
      "  '**': { access: $all, proxy: npm }",
      'log: { type: stdout, format: pretty, level: warn }',
    ].join('\n'),
  );
  const binary = join(import.meta.dirname, 'node_modules/verdaccio/bin/verdaccio');
  const server = spawn(process.execPath, [binary, '--config', config, '--listen', `127.0.0.1:${port}`], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  await answering(url, server);

  const npmrc = join(folder, '.npmrc');
  writeFileSync(npmrc, `registry=${url}\n//127.0.0.1:${port}/:_authToken=rehearsal\n`);
  return {
    url,
    environment: { npm_config_userconfig: npmrc, npm_config_registry: url, NPM_CONFIG_USERCONFIG: npmrc },
    close: async () => {
      const exited = once(server, 'exit');
      server.kill();
      await exited;
    },
  };
}

async function answering(url: string, server: ChildProcess): Promise<void> {
  for (let attempt = 0; attempt < 150; attempt++) {
    if (server.exitCode !== null) throw new Error(`The registry ended with exit code ${server.exitCode}`);
    if (
      await fetch(`${url}-/ping`).then(
        ({ ok }) => ok,
        () => false,
      )
    )
      return;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  server.kill();
  throw new Error('The registry did not answer within 30 s');
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  await once(probe, 'close');
  if (address === null || typeof address === 'string') throw new Error('No port was given');
  return address.port;
}
