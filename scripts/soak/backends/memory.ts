import { MemoryFileBackend } from '@f9/core';
import type { Soaked } from '../soaked.ts';

export async function open(): Promise<Soaked> {
  const vault = new MemoryFileBackend();
  return { vault, [Symbol.asyncDispose]: () => vault[Symbol.asyncDispose]() };
}
