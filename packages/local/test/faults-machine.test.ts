import { proveFewHandles } from '../faults/few-handles.ts';
import { proveFullDisk } from '../faults/full-disk.ts';
import { proveOtherUser } from '../faults/other-user.ts';
import { whyNoHandleLimit, whyNoMount, whyNoOtherUser, whyNoSymlinkRace } from '../faults/requirements.ts';
import { proveSwappedSymlink } from '../faults/swapped-symlink.ts';
import { testFault } from './support/short-form.ts';

testFault('a full disk leaves the old file whole, and no bytes taken', whyNoMount, proveFullDisk);

testFault(
  '200 reads and writes with few handles come to something or to TOO_MANY_OPEN, and leak none',
  whyNoHandleLimit,
  proveFewHandles,
);

testFault(
  'another user gets PERMISSION_DENIED, changes nothing and learns no path of the host',
  whyNoOtherUser,
  proveOtherUser,
);

testFault(
  'symlinks swapped in by another process lead nowhere, where realpath and open escape',
  whyNoSymlinkRace,
  (workplace, report) => proveSwappedSymlink(workplace, report, { seconds: 2, goodReads: 20 }),
);
