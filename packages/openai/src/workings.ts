import type { ContentStore } from './bytes/content-store.ts';
import { FileReader } from './bytes/file-reader.ts';
import type { Vault } from './entries/shared-state.ts';
import { StoreIndex } from './entries/store-index.ts';
import type { Settings } from './options.ts';
import type { Service } from './service/service.ts';
import { Attachment } from './writing/attachment.ts';
import { Background } from './writing/background.ts';
import { Removal } from './writing/removal.ts';
import { Uploader } from './writing/uploader.ts';

/** Where the files of a backend are. */
export interface Place {
  readonly service: Service;
  readonly contentStore: ContentStore | undefined;
  readonly vault: Vault;
}

/** What the operations of one backend work with. */
export interface Workings extends Place {
  readonly settings: Settings;
  readonly index: StoreIndex;
  readonly background: Background;
  readonly attachment: Attachment;
  readonly uploader: Uploader;
  readonly reader: FileReader;
  readonly removal: Removal;
}

export function workingsOf(place: Place, settings: Settings): Workings {
  const { service, contentStore, vault } = place;
  vault.changes.keepFor(settings.settleWithin);
  const background = new Background();
  const index = new StoreIndex(service, vault, settings.cacheTtl);
  const attachment = new Attachment(service, settings);
  return {
    ...place,
    settings,
    index,
    background,
    attachment,
    uploader: new Uploader(service, attachment, contentStore, settings),
    reader: new FileReader(place, index, attachment, settings.settleWithin),
    removal: new Removal(place, background),
  };
}
