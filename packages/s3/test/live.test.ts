import { testBackend } from '@f9/conformance';
import { describe, expect, test } from 'vitest';
import { S3FileBackend } from '../src/index.ts';
import { liveVault } from './support/live.ts';

// Against a real bucket, of AWS, R2 or another: it costs some cents, takes long, and writes below what it is given.
//   F9_LIVE_S3='s3://bucket/prefix?endpoint=…&region=…' AWS_ACCESS_KEY_ID=… AWS_SECRET_ACCESS_KEY=… npx vitest run --project @f9/s3 live

describe.skipIf(liveVault() === undefined)('a real bucket (needs a real bucket)', () => {
  test('what it honours', async () => {
    await using vault = new S3FileBackend(liveVault()!);
    const traits = await vault.traits();
    console.log('What the store honours:', traits);
    expect(traits.conditionalPut).toBe(true);
  });
});

if (liveVault() !== undefined) {
  await testBackend(
    { describe, test },
    {
      name: 's3, a real bucket',
      createStore: () => {
        const options = liveVault()!;
        return {
          createBackend: () => new S3FileBackend(options),
          processModule: { url: new URL('open-vault.ts', import.meta.url), data: options },
          dispose: async () => {
            await using vault = new S3FileBackend(options);
            await vault.open();
            await vault.driver.removeTree('.f9' as Parameters<typeof vault.driver.removeTree>[0], {});
            for await (const { path } of vault.list('/')) await vault.delete(path, { recursive: true });
          },
        };
      },
      long: false,
      sessionLease: 15_000,
    },
  );
}
