import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Where the processes of the tests keep what is made once and copied; goes with the last of them. */
export default function setup(): () => void {
  const folder = mkdtempSync(join(tmpdir(), 'f9-cli-made-'));
  process.env.F9_CLI_MADE = folder;
  return () => rmSync(folder, { recursive: true, force: true });
}
