import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { run, type Workshop } from './workshop.ts';

/** The recipe as it stands in the documents, without the lines that try it without Next.js. */
function routeOfTheRecipe(): string {
  const recipes = readFileSync('docs/recipes.md', 'utf8');
  const [, program] = /## A Next\.js route\n.*?```ts\n(.*?)```/s.exec(recipes) ?? [];
  const [route, trial] = (program ?? '').split(/(?=^await notes\.create)/m);
  if (route === undefined || trial === undefined)
    throw new Error('docs/recipes.md has no Next.js route any more');
  return route;
}

/** Builds a Next.js program with the route of the recipe, without any setting, and asks it. */
export async function smokeNext(workshop: Workshop): Promise<void> {
  const folder = workshop.install('next', [
    '@f9/core',
    '@f9/local',
    'next@16.4.6',
    'react@19.3.1',
    'react-dom@19.3.1',
    'typescript@5.9.3',
    '@types/node@22.20.5',
    '@types/react@19.3.3',
  ]);
  mkdirSync(join(folder, 'app/notes/[...path]'), { recursive: true });
  mkdirSync(join(folder, 'notes'));
  writeFileSync(join(folder, 'notes/today.md'), '# Today');
  writeFileSync(join(folder, 'app/notes/[...path]/route.ts'), routeOfTheRecipe());
  writeFileSync(
    join(folder, 'app/layout.tsx'),
    'export default function Layout({ children }: { children: React.ReactNode }) { return <html><body>{children}</body></html>; }',
  );
  const env = { NEXT_TELEMETRY_DISABLED: '1' };
  const next = join(folder, 'node_modules/.bin/next');
  run(next, ['build'], folder, env);
  const port = await freePort();
  const server = spawn(next, ['start', '--port', String(port)], {
    cwd: folder,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  });
  try {
    let said = '';
    while (!/ready/i.test(said)) said += String((await once(server.stdout, 'data'))[0]);
    const get = (path: string): Promise<Response> => fetch(`http://127.0.0.1:${port}/notes/${path}`);
    const found = await get('today.md');
    const answer = `${found.status} ${found.headers.get('content-type')} ${await found.text()}`;
    if (!/^200 text\/markdown.* # Today$/.test(answer)) throw new Error(`Next.js answers ${answer}`);
    const { status } = await get('none.md');
    if (status !== 404) throw new Error(`Next.js answers ${status} for what is not there`);
  } finally {
    // It starts processes of its own.
    process.kill(-server.pid!);
  }
  console.log('a route of Next.js: built, and answered');
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  return port;
}
