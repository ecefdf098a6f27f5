import fs from 'node:fs';

/** Node opens it with the first file or directory that is watched, and keeps it for those to come. */
const FOR_ALL_WATCHES = 'anon_inode:inotify';

/** What this process has open, by path where it is a file; nothing where the system does not tell. */
export function openFiles(): string[] {
  if (process.platform !== 'linux') return [];
  return fs.readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      const link = fs.readlinkSync(`/proc/self/fd/${fd}`);
      return link === FOR_ALL_WATCHES ? [] : [link];
    } catch {
      // The directory itself, open while it was read.
      return [];
    }
  });
}
