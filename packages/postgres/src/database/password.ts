import { readFile, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { ResolvedOptions } from '../options.ts';

/** The password of the option, else of `PGPASSWORD`, else of the matching line in the password file; `''` where there is none. */
export async function passwordOf(options: ResolvedOptions): Promise<string> {
  const { password = process.env.PGPASSWORD } = options;
  if (typeof password === 'function') return await password();
  return password ?? (await fromPasswordFile(options)) ?? '';
}

async function fromPasswordFile({
  host,
  port,
  database,
  user,
}: ResolvedOptions): Promise<string | undefined> {
  const path = process.env.PGPASSFILE ?? join(homedir(), '.pgpass');
  let text: string;
  try {
    // As psql does, a file that others can read is ignored.
    if (process.platform !== 'win32' && ((await stat(path)).mode & 0o077) !== 0) return undefined;
    text = await readFile(path, 'utf8');
  } catch {
    return undefined;
  }
  const wanted = [host.startsWith('/') ? 'localhost' : host, String(port), database, user];
  for (const line of text.split(/\r?\n/)) {
    if (line.startsWith('#')) continue;
    const fields = fieldsOf(line);
    if (fields.length === 5 && wanted.every((value, at) => fields[at] === '*' || fields[at] === value)) {
      return fields[4];
    }
  }
  return undefined;
}

/** Fields of a line `host:port:database:user:password`, where `\:` and `\\` stand for these characters. */
function fieldsOf(line: string): string[] {
  const fields = [...line.matchAll(/((?:\\.|[^:\\])*)(:|$)/g)].map(([, field]) => field!);
  return fields.slice(0, 5).map((field) => field.replaceAll(/\\(.)/g, '$1'));
}
