import { expect, test } from 'vitest';
import {
  compareVaults,
  MemoryFileBackend,
  mirror,
  readOnly,
  rememberDirectories,
  restrict,
  subdirectory,
} from '../../src/index.ts';
import { mistaken } from '../drivers.ts';

const vault = new MemoryFileBackend();

test.each<readonly [string, (none: never) => unknown]>([
  ['readOnly', (none) => readOnly(none)],
  ['subdirectory', (none) => subdirectory(none, 'a')],
  ['restrict', (none) => restrict(none, {})],
  ['rememberDirectories', (none) => rememberDirectories(none)],
  ['mirror', (none) => mirror(none, vault)],
  ['mirror', (none) => mirror(vault, none)],
  ['backup', (none) => mirror(vault, new MemoryFileBackend(), { backup: none })],
  ['compareVaults', (none) => compareVaults(vault, none)],
])('%s says that it needs a backend', async (user, use) => {
  for (const none of [undefined, null, 'notes', {}, { driver: 'notes' }]) {
    if (user === 'backup' && none === undefined) continue;
    await expect((async () => use(mistaken(none)))()).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      message: `${user} needs a backend, such as new MemoryFileBackend()`,
    });
  }
});
