import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EXIT } from './exit-codes.ts';
import { type Io, Stopped } from './io.ts';

/** Lets a person change a text in $VISUAL or $EDITOR; gives the saved text. */
export async function editText(
  text: string,
  name: string,
  env: Io['env'],
  signal: AbortSignal,
): Promise<string> {
  const editor = env.VISUAL || env.EDITOR || (process.platform === 'win32' ? 'notepad' : 'vi');
  const folder = await mkdtemp(join(tmpdir(), 'f9-'));
  try {
    const file = join(folder, name);
    await writeFile(file, text, { mode: 0o600 });
    // Through a shell, since the setting may hold options ("code --wait"). The name is passed apart from it.
    const child = spawn(process.platform === 'win32' ? `${editor} "%F9_FILE%"` : `${editor} "$F9_FILE"`, {
      shell: true,
      stdio: 'inherit',
      env: { ...env, F9_FILE: file },
      signal,
    });
    const [code] = (await once(child, 'exit')) as [number | null];
    const changed = await readFile(file, 'utf8');
    if (code === 0) return changed;
    const kept = changed === text ? '' : `; what was written is kept in ${await keepText(changed, name)}`;
    throw new Stopped(
      `the editor (${editor}) ended with code ${code}; nothing was changed${kept}`,
      EXIT.failed,
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Saves a text that a person wrote where it stays, readable by them alone; gives the path. */
export async function keepText(text: string, name: string): Promise<string> {
  const file = join(await mkdtemp(join(tmpdir(), 'f9-kept-')), name);
  await writeFile(file, text, { mode: 0o600 });
  return file;
}
