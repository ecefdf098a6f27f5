import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LocalFileBackend } from '@f9/local';
import type { Soaked } from '../soaked.ts';

export async function open(): Promise<Soaked> {
  const root = await mkdtemp(join(tmpdir(), 'f9-soak-'));
  const vault = await LocalFileBackend.open({ root });
  return {
    vault,
    async [Symbol.asyncDispose]() {
      await vault[Symbol.asyncDispose]();
      await rm(root, { recursive: true });
    },
  };
}
