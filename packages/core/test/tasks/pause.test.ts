import { pause } from '@f9/core/driver';
import { describe, expect, it } from 'vitest';

describe('pause', () => {
  it('ends after its time', async () => {
    const began = performance.now();
    await pause(20, undefined);
    expect(performance.now() - began).toBeGreaterThan(15);
  });

  it('an abort ends it with the reason, also one that came before', async () => {
    const reason = new Error('enough');
    const abort = new AbortController();
    const pausing = pause(60_000, abort.signal);
    abort.abort(reason);
    await expect(pausing).rejects.toBe(reason);
    await expect(pause(60_000, abort.signal)).rejects.toBe(reason);
  });
});
