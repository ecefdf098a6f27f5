import type { FileBackend } from '@f9/core';
import type { Embeds } from '@f9/search';
import type { Context } from '../context.ts';
import { formatCount } from '../terminal/text.ts';

/** Whether a vault would keep vectors of a model, if it had one. */
export async function takesModel(backend: FileBackend): Promise<boolean> {
  const { embeds } = await import('@f9/search');
  return embeds(backend);
}

/** The vault, if it has a model for its passages; else `undefined`. */
export async function embeddingOf(backend: FileBackend): Promise<(FileBackend & Embeds) | undefined> {
  const { embeds } = await import('@f9/search');
  return embeds(backend) && backend.embedderId !== undefined ? backend : undefined;
}

/** Embeds passages without a vector, and shows the progress. @returns passages embedded */
export async function embedPending({ progress, signal }: Context, vault: Embeds): Promise<number> {
  const embedded = await vault.embedPending({
    signal,
    onProgress: ({ done, pending }) =>
      progress.show(() => `embedding  ${formatCount(done)}/${formatCount(done + pending)} passages`),
  });
  progress[Symbol.dispose]();
  return embedded;
}
