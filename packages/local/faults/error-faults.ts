import type { ErrorCode } from '@f9/core';
import { CALLS, type Errno } from './shim.ts';

/** A way that calls can go wrong without the end of the process. */
export interface ErrorFault {
  readonly name: string;
  /** At which calls. */
  readonly calls: number;
  readonly action: 'fail' | 'short' | 'shortThenFail';
  readonly errno?: Errno;
  /** All calls fail from then on. */
  readonly lasting?: true;
  /** What the operation is to fail with; none: it must not notice. */
  readonly code?: ErrorCode;
}

const { change, write, open, read } = CALLS;

export const ERROR_FAULTS: readonly ErrorFault[] = [
  { name: 'EIO', calls: change | open | read, action: 'fail', errno: 'EIO', code: 'IO' },
  { name: 'EIO from then on', calls: change, action: 'fail', errno: 'EIO', code: 'IO', lasting: true },
  { name: 'ENOSPC', calls: change, action: 'fail', errno: 'ENOSPC', code: 'NO_SPACE' },
  { name: 'EMFILE', calls: change | open, action: 'fail', errno: 'EMFILE', code: 'TOO_MANY_OPEN' },
  { name: 'short write', calls: write, action: 'short' },
  // Of the two together libuv only tells that the first was short; a program that goes on then learns the rest.
  { name: 'short write, then ENOSPC once', calls: write, action: 'shortThenFail', errno: 'ENOSPC' },
];
