import { clearTimeout, setTimeout } from 'node:timers';
import { MAX_TIMER } from './waiting-line.ts';

/** Whether `work` ends within `timeout` milliseconds; what it fails with is thrown. */
export async function endsWithin(work: Promise<unknown>, timeout: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    if (timeout <= MAX_TIMER) timer = setTimeout(resolve, timeout, false);
  });
  try {
    return await Promise.race([work.then(() => true), late]);
  } finally {
    clearTimeout(timer);
  }
}
