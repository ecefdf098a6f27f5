import fs from 'node:fs';

/** Filesystems of Linux that lie on this machine, by the magic number that statfs gives. */
const LOCAL: ReadonlySet<number> = new Set([
  0xef53, // ext2, ext3, ext4
  0x58465342, // xfs
  0x9123683e, // btrfs
  0x01021994, // tmpfs
  0x858458f6, // ramfs
  0x794c7630, // overlayfs
  0x2fc12fc1, // zfs
  0xf2f52010, // f2fs
  0xca451a4e, // bcachefs
  0x4d44, // vfat
  0x2011bab0, // exfat
  0x5346544e, // ntfs
  0x7366746e, // ntfs3
  0x3153464a, // jfs
  0x3434, // nilfs
]);

/** Whether the folder lies on a filesystem that is known to answer at once; a network filesystem may block for seconds. */
export async function isOnLocalDisk(path: string): Promise<boolean> {
  if (process.platform !== 'linux') return false;
  const { type } = await fs.promises.statfs(path);
  // The number has 32 bits, and some builds give it as a negative one.
  return LOCAL.has(type >>> 0);
}

/** Whether /proc tells where an open file is. */
export async function hasProc(directory: string): Promise<boolean> {
  const handle = await fs.promises.open(directory, fs.constants.O_RDONLY);
  try {
    return (await fs.promises.readlink(`/proc/self/fd/${handle.fd}`)) === directory;
  } catch {
    return false;
  } finally {
    await handle.close();
  }
}
