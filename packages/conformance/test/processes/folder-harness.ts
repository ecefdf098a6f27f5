import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ConformanceHarness } from '@f9/conformance';
import type { Faults } from './folder-driver.ts';
import openFolder from './open-folder.ts';

/** A folder that several processes work on, right or with something wrong. */
export function folderHarness(name: string, faults: Faults = {}): ConformanceHarness {
  return {
    name,
    createStore: () => {
      const folder = fs.mkdtempSync(join(tmpdir(), 'f9-folder-'));
      const options = { folder, faults };
      return {
        createBackend: () => openFolder(options),
        processModule: { url: new URL('open-folder.ts', import.meta.url), data: options },
        secrets: [folder],
        dispose: () => fs.rmSync(folder, { recursive: true }),
      };
    },
  };
}
