import { resolve } from 'node:path';
import {
  type BackendPlugin,
  definePlugin,
  type ParsedUri,
  type UriParameter,
  uriParameter,
} from '@f9/core/driver';
import { LocalFileBackend } from './backend.ts';
import type { Durability } from './options.ts';

const parameters: {
  readonly io: UriParameter<'auto' | 'async'> & { readonly option: 'io' };
  readonly durability: UriParameter<Durability> & { readonly option: 'durability' };
  readonly create_root: UriParameter<boolean> & { readonly option: 'createRoot' };
  readonly state_directory: UriParameter<string> & { readonly option: 'stateDirectory' };
} = {
  io: uriParameter.oneOf(
    {
      option: 'io',
      description:
        'auto (default): small operations of a local disk run on the calling thread; async: none does',
    },
    ['auto', 'async'],
  ),
  durability: uriParameter.oneOf(
    {
      option: 'durability',
      description: 'fsync (default): acknowledged writes survive a power cut; none: only a crash',
    },
    ['none', 'fsync'],
  ),
  create_root: uriParameter.boolean({
    option: 'createRoot',
    description: 'make the folder if it is missing (default true)',
  }),
  state_directory: uriParameter.string({
    option: 'stateDirectory',
    description: 'where files are staged and known checksums are kept (default .f9 in the folder)',
  }),
};

/** `file:///absolute/path`, `file://relative/path`. */
export const localPlugin: BackendPlugin<typeof parameters> = definePlugin({
  name: '@f9/local',
  schemes: ['file'],
  parameters,
  create: ({ uri, options, baseDirectory }) => {
    const { stateDirectory, ...rest } = options;
    return new LocalFileBackend({
      ...rest,
      root: resolve(baseDirectory, pathOf(uri)),
      ...(stateDirectory === undefined ? {} : { stateDirectory: resolve(baseDirectory, stateDirectory) }),
    });
  },
});

/** On Windows `file:///C:/notes` is the path `C:/notes`. */
function pathOf({ path }: ParsedUri): string {
  return process.platform === 'win32' ? path.replace(/^\/(?=[a-z]:)/i, '') : path;
}
