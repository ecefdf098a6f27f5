export type {
  BackendFactoryOptions,
  CreateBackend,
  RegisterOptions,
  RegisterPluginOptions,
  ResolveOptions,
} from './backend-factory.ts';
export { BackendFactory } from './backend-factory.ts';
export type { Credentials, CredentialsProvider, CredentialsRequest } from './credentials.ts';
export {
  defaultFactory,
  parseUri,
  registerBackendFactory,
  registerPlugin,
  resolveBackend,
} from './default-factory.ts';
export { isMissingPackage } from './plugins/packages.ts';
export type { BackendUri } from './uri/backend-uri.ts';
export { formatUri } from './uri/format.ts';
