import fs from 'node:fs';

/** What this process has open, by path where it is a file; nothing where the system does not tell. */
export function openFiles(): string[] {
  if (process.platform !== 'linux') return [];
  return fs.readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      return [fs.readlinkSync(`/proc/self/fd/${fd}`)];
    } catch {
      // The directory itself, open while it was read.
      return [];
    }
  });
}
