import type OpenAI from 'openai';
import type { Service } from '../state/service.ts';
import { fileObject } from './files.ts';
import { uploadObject } from './uploads.ts';
import { entryObject } from './vector-store-files.ts';
import { storeObject } from './vector-stores.ts';

/** The true contents of the server, whatever its lists show. */
export interface Snapshot {
  /** Files that are kept. */
  readonly files: OpenAI.FileObject[];
  /** Uploads in parts that are not complete. */
  readonly uploads: OpenAI.Uploads.Upload[];
  /** Vector stores, each with its attached files. */
  readonly vectorStores: (OpenAI.VectorStore & { files: OpenAI.VectorStores.VectorStoreFile[] })[];
}

export function snapshot(service: Service): Snapshot {
  return {
    files: service.files.all
      .sorted()
      .filter((file) => !service.files.isGone(file))
      .map(fileObject),
    uploads: [...service.uploads.values()].map((upload) => uploadObject(service, upload)),
    vectorStores: service.stores.sorted().map((store) => ({
      ...storeObject(store),
      files: store.attachedEntries().map((entry) => entryObject(store, entry)),
    })),
  };
}
