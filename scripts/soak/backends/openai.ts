import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { OpenAIVectorStoreFileBackend } from '@f9/openai';
import type { Soaked } from '../soaked.ts';

export async function open(): Promise<Soaked> {
  // In a process of its own: what the server remembers of requests is not what is measured.
  const service = fork(join(import.meta.dirname, 'openai-service.ts'));
  const [{ baseURL, vectorStoreId, apiKey }] = (await once(service, 'message')) as [Record<string, string>];
  const vault = await OpenAIVectorStoreFileBackend.open({
    vectorStoreId: vectorStoreId!,
    apiKey: apiKey!,
    baseURL: baseURL!,
  });
  return {
    vault,
    operations: { search: () => vault.search('what is round?') },
    async [Symbol.asyncDispose]() {
      await vault[Symbol.asyncDispose]();
      service.disconnect();
      await once(service, 'exit');
    },
  };
}
