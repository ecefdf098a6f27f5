import { MemoryFileBackend } from '@f9/core';
import { type BackendPlugin, definePlugin, type ParsedUri, uriParameter } from '@f9/core/driver';

interface Request {
  readonly uri: ParsedUri;
  readonly options: { readonly [option: string]: unknown };
  readonly baseDirectory: string;
}

/** A plugin with one parameter of every kind, and what its `create` was given. */
export function spyingPlugin(): { readonly plugin: BackendPlugin; readonly requests: Request[] } {
  const requests: Request[] = [];
  const plugin = definePlugin({
    name: 'f9-backend-example',
    schemes: ['example', 'example+file'],
    hasRef: true,
    parameters: {
      region: uriParameter.string({ option: 'region', description: 'Where it is.' }),
      cache_ttl: uriParameter.number({ option: 'cacheTtl', description: 'Seconds.' }, { unit: 1000 }),
      'odd & name=ü': uriParameter.string({ option: 'odd', description: 'A name that needs encoding.' }),
      password: uriParameter.string({
        option: 'password',
        description: 'Of the user.',
        secret: true,
        environment: 'EXAMPLE_PASSWORD',
      }),
      token: uriParameter.string({ option: 'token', description: 'Instead of a password.', secret: true }),
    },
    create: (request) => {
      requests.push(request);
      return new MemoryFileBackend();
    },
  });
  return { plugin, requests };
}

export function emptyPlugin(name: string, ...schemes: string[]): BackendPlugin {
  return definePlugin({ name, schemes, parameters: {}, create: () => new MemoryFileBackend() });
}
