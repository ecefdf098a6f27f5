import { extname } from 'node:path';
import { type FileBackend, subdirectory } from '@f9/core';
import { MAX_PATH_BYTES } from '@f9/core/driver';
import type { ConformanceHarness, ConformanceStore } from './harness.ts';

/** The same harness with every backend seen through `subdirectory(backend, path)`, where the contract holds as well. */
export function inSubdirectory(harness: ConformanceHarness, path: string): ConformanceHarness {
  return {
    ...harness,
    name: `${harness.name ?? 'a backend'}, in a subdirectory`,
    longestPath: (harness.longestPath ?? MAX_PATH_BYTES) - Buffer.byteLength(`${path}/`),
    createStore: async () => within(await harness.createStore(), path),
    ...(harness.createMissing && {
      createMissing: async () => within(await harness.createMissing!(), path),
    }),
  };
}

/** The same store seen through a subdirectory, which has no remote of its own, and so no clones. */
function within(store: ConformanceStore, path: string): ConformanceStore {
  return {
    createBackend: async () => viewOf(await store.createBackend(), path),
    ...(store.secrets && { secrets: store.secrets }),
    ...(store.dispose && { dispose: () => store.dispose!() }),
    ...(store.createSymlink && {
      createSymlink: (target, link) => store.createSymlink!(target, `${path}/${link}`),
    }),
    ...(store.processModule && {
      processModule: {
        url: new URL(`open-in-subdirectory${extname(import.meta.url)}`, import.meta.url),
        data: { url: String(store.processModule.url), data: store.processModule.data, path },
      },
    }),
  };
}

/** A view that, unlike other views, disposes the backend below it, since nobody else would. */
export function viewOf(backend: FileBackend, path: string): FileBackend {
  const view = subdirectory(backend, path);
  const disposeView = view[Symbol.asyncDispose].bind(view);
  view[Symbol.asyncDispose] = async () => {
    await disposeView();
    await backend[Symbol.asyncDispose]();
  };
  return view;
}
